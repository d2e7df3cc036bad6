// Prints the last events of a node, then those that a restart of its kubelet causes.
// Run: npx tsx examples/events.ts
import { createTalosClient } from 'talos-client';
import { decodeEvent, events } from 'talos-client/events';
import { services } from 'talos-client/services';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());
const [node] = talos.nodes();
if (node === undefined) throw new Error('no node');

for await (const event of events(node).watch({})) {
  const { id, payload } = decodeEvent(event);
  if (payload.case === 'hello') {
    // The subscription is active now: no event of the restart can be missed.
    await services(node).restart({ id: 'kubelet' });
  } else if (payload.case === 'serviceState') {
    console.log(`${id} ${payload.value.service}: ${payload.value.action} ${payload.value.message}`);
    if (payload.value.service === 'kubelet' && payload.value.action === 'RUNNING') break;
  } else {
    console.log(`${id} ${payload.case}`);
  }
}
