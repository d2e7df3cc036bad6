// Starts etcd anew from a snapshot, on a control plane without etcd data. The others join it.
// Run: npx tsx examples/etcd-restore.ts FILE NODE
import { createTalosClient } from 'talos-client';
import { restoreEtcd } from 'talos-client/operations/restore-etcd';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [path, address] = process.argv.slice(2);
// Never a default node: on a cluster that lives, this is for the one node that begins it anew.
if (path === undefined || address === undefined) {
  throw new Error('usage: etcd-restore.ts FILE NODE');
}
await using talos = createTalosClient(await loadTalosconfig());
const { bytes } = await restoreEtcd(talos.node(address), path, {
  // Who runs this says so; what was written since the snapshot is lost.
  confirmQuorumLost: true,
  onProgress: (progress) => {
    if (progress.type === 'step') console.log(progress.step);
    else if (progress.type === 'note') console.log(`note: ${progress.text}`);
  },
});
console.log(`etcd is healthy, with the ${bytes} bytes of ${path}`);
