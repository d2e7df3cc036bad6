import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TalosNode } from 'talos-client';
import { etcd } from 'talos-client/etcd';
import { saveSnapshot } from '../etcd-snapshot.js';
import { showRows } from './look.js';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

/** The members of etcd, as each control plane sees itself. Resolves with the nodes that failed. */
export async function showEtcd(
  screen: Screen,
  nodes: StoryNodes,
  names: readonly string[],
): Promise<readonly string[]> {
  screen.step('etcd');
  const results = await nodes.talos
    .nodes(names.map((name) => nodes.target(name).address))
    .each((node) => etcd(node).status());
  return showRows(screen, nodes, {
    header: ['MEMBER', 'ROLE', 'RAFT INDEX', 'DB SIZE', 'VERSION'],
    results,
    row: ({ memberStatus: status }) => [
      status?.memberId.toString(16).padStart(16, '0') ?? '',
      status?.isLearner ? 'learner' : status?.memberId === status?.leader ? 'leader' : 'follower',
      String(status?.raftIndex ?? ''),
      kib(Number(status?.dbSize ?? 0n)),
      status?.storageVersion ?? '',
    ],
  });
}

/** Saves a snapshot to a file of its own, which does not stay. */
export async function showSnapshot(screen: Screen, node: TalosNode, name: string): Promise<void> {
  screen.step(`Snapshot of etcd, from ${name}`);
  const { memberStatus } = await etcd(node).status();
  const expected = Number(memberStatus?.dbSize ?? 0n);
  const folder = await mkdtemp(join(tmpdir(), 'talos-client-'));
  try {
    let told = 0;
    const size = await saveSnapshot(node, join(folder, 'etcd.snapshot'), (bytes) => {
      if (bytes - told < STEP) return;
      told = bytes;
      screen.line(`${kib(bytes)} of about ${kib(expected)}`);
    });
    screen.line(`${kib(size)} saved; the digest at its end is right`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How much comes between two lines of progress. */
const STEP = 1024 * 1024;

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
