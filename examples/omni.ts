// Asks nodes of a cluster behind Omni for their versions and services. The talosconfig is one that
// Omni gives out: with `auth.siderov1`, and without certificates. A service account signs the calls
// if SIDERO_SERVICE_ACCOUNT_KEY is set. Else a user does, who has to log in every few hours.
// Run: npx tsx examples/omni.ts NODE ...
import { createTalosClient, TalosRpcError } from 'talos-client';
import { services } from 'talos-client/services';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

const named = process.argv.slice(2);
if (named.length === 0) throw new Error('usage: omni.ts NODE ...');

const options = await loadTalosconfig({
  siderov1: {
    login({ url, identity }) {
      console.log(`log in as ${identity}: ${url}`);
    },
  },
});
await using talos = createTalosClient(options);

const results = await talos.nodes(named).each(async (node) => {
  const { version } = await system(node).version();
  const { services: all } = await services(node).list();
  return { tag: version?.tag, running: all.filter(({ state }) => state === 'Running').length };
});

for (const result of results) {
  if (result.ok) {
    console.log(`${result.node}: Talos ${result.value.tag}, ${result.value.running} services`);
  } else if (result.error instanceof TalosRpcError) {
    console.log(
      `${result.node}: ${result.error.status}: ${result.error.hint ?? result.error.reason}`,
    );
  } else {
    throw result.error;
  }
}
