// A call in a runtime whose HTTP/2 the carrier cannot use. Usage: refused.mjs <talosconfig> <node>
import { createTalosClient } from 'talos-client';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [path, node] = process.argv.slice(2);
const talos = createTalosClient(await loadTalosconfig({ path }));
try {
  await system(talos.node(node)).version({}, { timeoutMs: 5000 });
} catch (error) {
  console.log('caught', error.code, error.status);
}
await talos.close();
