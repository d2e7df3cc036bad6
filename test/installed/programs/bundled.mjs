// A program that bundlers make one file of. Usage: bundled.mjs <talosconfig> <node>
import { createTalosClient } from 'carrier';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [path, node] = process.argv.slice(2);
const talos = createTalosClient(await loadTalosconfig({ path }));
const { version } = await system(talos.node(node)).version();
await talos.close();
console.log(`bundled ok ${version?.tag}`);
