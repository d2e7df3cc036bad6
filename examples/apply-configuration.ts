// Applies a machine configuration so that it is undone unless the node stays healthy: it is tried
// first, and kept when no service has failed.
// Run: npx tsx examples/apply-configuration.ts FILE [node]
import { readFile } from 'node:fs/promises';
import { createTalosClient } from 'talos-client';
import { applyConfiguration } from 'talos-client/operations/apply-configuration';
import { services } from 'talos-client/services';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [path, address] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: apply-configuration.ts FILE [node]');

await using talos = createTalosClient(await loadTalosconfig());
const [first] = talos.nodes();
const node = address === undefined ? first : talos.node(address);
if (node === undefined) throw new Error('no node');
const config = await readFile(path, 'utf8');

const { applied, diff, warnings } = await applyConfiguration(node, config, {
  mode: 'TRY',
  tryTimeoutMs: 60_000,
  check: async (target, { signal }) => {
    const list = await services(target).list({}, { signal });
    const failed = list.services.filter(({ state }) => state === 'Failed');
    if (failed.length > 0) throw new Error(`${failed.map(({ id }) => id).join(', ')} failed`);
  },
});
console.log(diff);
for (const warning of warnings) console.log(`warning: ${warning}`);
console.log(applied ? 'kept' : 'nothing to change');
