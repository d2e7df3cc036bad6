// Shows a table of all nodes that stays current, also across lost connections and reboots.
// Run: npx tsx examples/live-table.ts   (TALOSCONFIG, or ~/.talos/config)
// Runs until it is stopped.
import { createTalosClient } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { MachineStatus } from 'talos-client/cosi/runtime';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());

const table: Record<string, { stage: string; ready: boolean; connection: string }> = {};
for await (const { node, value } of talos.nodes().merge((it) => cosi(it).watch(MachineStatus))) {
  const row = table[node] ?? { stage: '', ready: false, connection: '' };
  const spec = 'resource' in value ? value.resource.spec : undefined;
  table[node] = {
    stage: spec?.stage ?? row.stage,
    ready: spec?.status.ready ?? row.ready,
    connection: value.type === 'disconnected' ? 'lost' : 'up',
  };
  if (process.stdout.isTTY) console.clear();
  console.table(table);
}
