// Asks all nodes at once; a node that fails is a result like the others.
// Run: npx tsx examples/many-nodes.ts [node ...]
import { createTalosClient, TalosRpcError } from 'talos-client';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());

const named = process.argv.slice(2);
const nodes = named.length > 0 ? talos.nodes(named) : talos.nodes();
const results = await nodes.each(
  async (node) => {
    const [{ meminfo }, { load1 }] = await Promise.all([
      system(node).memory(),
      system(node).loadAvg(),
    ]);
    return { freeKiB: meminfo?.memavailable ?? 0n, load1 };
  },
  { concurrency: 20, signal: AbortSignal.timeout(30_000) },
);

for (const result of results) {
  if (result.ok) {
    console.log(
      `${result.node}: load ${result.value.load1}, ${result.value.freeKiB} KiB available`,
    );
  } else if (result.error instanceof TalosRpcError) {
    console.log(`${result.node}: ${result.error.status} (${result.error.category})`);
  } else {
    throw result.error;
  }
}
