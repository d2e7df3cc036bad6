// Makes a node of a machine in maintenance, by the fingerprint that is on its console.
// Run: npx tsx examples/new-machine.ts HOST[:PORT] FINGERPRINT FILE NODE
import { readFile } from 'node:fs/promises';
import { createTalosClient } from 'talos-client';
import { provision } from 'talos-client/operations/provision';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [endpoint, fingerprint, path, address] = process.argv.slice(2);
if (!endpoint || !fingerprint || !path || !address) {
  throw new Error('usage: new-machine.ts HOST[:PORT] FINGERPRINT FILE NODE');
}
// The client of the cluster that the machine is to be in; it reaches the node afterwards.
await using talos = createTalosClient(await loadTalosconfig());
const machine = { endpoint, fingerprints: [fingerprint], node: talos.node(address) };
const { hostname, stage, awaitsBootstrap, warnings } = await provision(
  machine,
  await readFile(path, 'utf8'),
  {
    onProgress: (progress) => {
      if (progress.type === 'step') console.log(progress.step);
      else if (progress.type === 'waiting') console.log(`waiting for ${progress.what}`);
    },
  },
);
for (const warning of warnings) console.log(`warning: ${warning}`);
console.log(`${address}: ${hostname} is ${awaitsBootstrap ? 'ready to be bootstrapped' : stage}`);
