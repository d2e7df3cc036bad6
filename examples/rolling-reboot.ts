// Reboots the nodes of the context one after the other: control planes only while etcd goes on without
// them, each drained before, and the next one only when it is back.
// Run: npx tsx examples/rolling-reboot.ts
import { createTalosClient } from 'talos-client';
import { rollingReboot } from 'talos-client/operations/rolling-reboot';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());
const { done } = await rollingReboot(talos.nodes(), {
  onProgress: ({ type, node, step }) => {
    if (type === 'step' && node !== undefined) console.log(`${node}: ${step}`);
  },
});
for (const { node, result } of done) console.log(`${node}: back, in boot ${result.bootId}`);
