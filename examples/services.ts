// Lists the services of a node with their state and health.
// Run: npx tsx examples/services.ts [node]
import { createTalosClient } from 'talos-client';
import { services } from 'talos-client/services';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());

const [first] = talos.nodes();
const node = process.argv[2] === undefined ? first : talos.node(process.argv[2]);
if (node === undefined) throw new Error('no node');

const list = await services(node).list();
for (const { id, state, health } of list.services) {
  const healthy = health?.unknown ? 'no health check' : health?.healthy ? 'healthy' : 'not healthy';
  console.log(`${id.padEnd(14)} ${state.padEnd(10)} ${healthy}`);
}
