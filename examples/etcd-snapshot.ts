// Saves a snapshot of etcd with progress: whole, or not at all.
// Run: npx tsx examples/etcd-snapshot.ts FILE [node]
import { createTalosClient } from 'talos-client';
import { backupEtcd } from 'talos-client/operations/backup-etcd';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [path = 'etcd.snapshot', address] = process.argv.slice(2);
await using talos = createTalosClient(await loadTalosconfig());
// Without a node, a follower is chosen.
const target = address === undefined ? talos : talos.node(address);
const { bytes, node } = await backupEtcd(target, path, {
  onProgress: (progress) => {
    if (progress.type === 'bytes') console.log(`${(progress.bytes / 1024).toFixed(0)} KiB`);
  },
});
console.log(`${path}: ${bytes} bytes of ${node}, digest verified`);
