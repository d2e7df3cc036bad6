// Saves a snapshot of etcd with progress, and checks it.
// Run: npx tsx examples/etcd-snapshot.ts FILE [node]
import { createHash } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTalosClient, type TalosNode } from 'talos-client';
import { etcd } from 'talos-client/etcd';
import { loadTalosconfig } from 'talos-client/talosconfig';

/**
 * Writes a snapshot to `path`. The stream ends well even when the node could not read all of it,
 * so the end of the file decides: 32 bytes that are the SHA-256 of all bytes before them.
 */
export async function saveSnapshot(
  node: TalosNode,
  path: string,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  const hash = createHash('sha256');
  let size = 0;
  let tail = Buffer.alloc(0);
  try {
    for await (const chunk of etcd(node).snapshot({})) {
      await file.write(chunk);
      size += chunk.length;
      const held = Buffer.concat([tail, chunk]);
      hash.update(held.subarray(0, Math.max(0, held.length - 32)));
      tail = held.subarray(-32);
      onProgress(size);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (size % 512 !== 32 || !hash.digest().equals(tail)) {
    throw new Error(`${part} is no complete snapshot: the node stopped early`);
  }
  await rename(part, path);
  return size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = 'etcd.snapshot', address] = process.argv.slice(2);
  await using talos = createTalosClient(await loadTalosconfig());
  const [first] = talos.nodes();
  const node = address === undefined ? first : talos.node(address);
  if (node === undefined) throw new Error('no node');
  let shown = 0;
  const size = await saveSnapshot(node, path, (bytes) => {
    if (bytes - shown < 1024 * 1024) return;
    shown = bytes;
    console.log(`${(bytes / 1024).toFixed(0)} KiB`);
  });
  console.log(`${path}: ${size} bytes, digest verified`);
}
