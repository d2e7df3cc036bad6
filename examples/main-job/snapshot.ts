import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Saves a snapshot of a follower to a folder that does not stay. */
export async function showSnapshot(
  screen: Screen,
  nodes: StoryNodes,
  signal: AbortSignal,
): Promise<void> {
  screen.step('Snapshot of etcd');
  const folder = await mkdtemp(join(tmpdir(), 'talos-client-'));
  try {
    const { bytes, node, sha256 } = await backupEtcd(nodes.talos, `${folder}/`, {
      signal,
      onProgress: (progress) => {
        if (progress.type !== 'bytes') return;
        screen.line(`${kib(progress.bytes)} of about ${kib(progress.total ?? progress.bytes)}`);
      },
    });
    const from = node === undefined ? 'the cluster' : nodes.nameOf(node);
    screen.line(`${kib(bytes)} of ${from} saved; its digest is right: ${sha256.slice(0, 16)}…`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
