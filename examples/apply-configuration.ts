// Applies a machine configuration so that it is undone unless the node stays healthy: TRY first,
// then the same with NO_REBOOT, which keeps it.
// Run: npx tsx examples/apply-configuration.ts FILE [node]
import { readFile } from 'node:fs/promises';
import { createTalosClient, fromMs } from 'talos-client';
import { configuration } from 'talos-client/configuration';
import { services } from 'talos-client/services';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [path, address] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: apply-configuration.ts FILE [node]');

await using talos = createTalosClient(await loadTalosconfig());
const [first] = talos.nodes();
const node = address === undefined ? first : talos.node(address);
if (node === undefined) throw new Error('no node');
const data = await readFile(path);

const plan = await configuration(node).apply({ data, mode: 'NO_REBOOT', dryRun: true });
console.log(plan.modeDetails);

await configuration(node).apply({ data, mode: 'TRY', tryModeTimeout: fromMs(60_000) });
const list = await services(node).list();
const failed = list.services.filter(({ state }) => state === 'Failed');
if (failed.length > 0) {
  throw new Error(
    `${failed.map(({ id }) => id).join(', ')} failed; the node goes back in a minute`,
  );
}
const kept = await configuration(node).apply({ data, mode: 'NO_REBOOT' });
console.log(`kept, applied as ${kept.mode}`);
for (const warning of kept.warnings) console.log(`warning: ${warning}`);
