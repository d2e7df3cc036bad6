// Reboots the nodes of the context one after the other, and goes on only when each is back and ready.
// Run: npx tsx examples/rolling-reboot.ts
import { createTalosClient } from 'talos-client';
import { rollingReboot } from 'talos-client/operations/rolling-reboot';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());
const { done } = await rollingReboot(talos.nodes(), {
  onProgress: (progress) => {
    if (progress.type !== 'step') return;
    if (progress.step === 'send') console.log(`${progress.node}: rebooting`);
    if (progress.step === 'ready') console.log(`${progress.node}: in its next boot`);
  },
});
console.log(`${done.length} nodes are back`);
