// Gives a machine in maintenance its first configuration. The fingerprint is on its console.
// Run: npx tsx examples/new-machine.ts HOST[:PORT] FINGERPRINT FILE
import { readFile } from 'node:fs/promises';
import { createTalosClient, maintenance } from 'talos-client';
import { configuration } from 'talos-client/configuration';

const [endpoint, fingerprint, path] = process.argv.slice(2);
if (endpoint === undefined || fingerprint === undefined || path === undefined) {
  throw new Error('usage: new-machine.ts HOST[:PORT] FINGERPRINT FILE');
}
await using talos = createTalosClient({
  endpoints: [endpoint],
  // Nothing is sent to a machine that has another key: the configuration holds secrets.
  credentials: maintenance({ fingerprints: [fingerprint] }),
});
const data = await readFile(path);
const { mode, warnings } = await configuration(talos).apply({ data, mode: 'AUTO' });
console.log(`${endpoint}: applied, mode ${mode}`);
for (const warning of warnings) console.log(`warning: ${warning}`);
