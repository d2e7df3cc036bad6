import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TalosNode } from 'talos-client';
import { etcd } from 'talos-client/etcd';
import { backupEtcd } from 'talos-client/operations/backup-etcd';
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
  const folder = await mkdtemp(join(tmpdir(), 'talos-client-'));
  try {
    const { bytes } = await backupEtcd(node, join(folder, 'etcd.snapshot'), {
      onProgress: (progress) => {
        if (progress.type !== 'bytes') return;
        screen.line(`${kib(progress.bytes)} of about ${kib(progress.total ?? progress.bytes)}`);
      },
    });
    screen.line(`${kib(bytes)} saved; the digest at its end is right`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
