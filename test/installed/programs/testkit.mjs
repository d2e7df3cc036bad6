// The testkit, in memory and over TLS. Ends with "testkit ok".
import assert from 'node:assert/strict';
import { createTalosClient } from 'talos-client';
import { system } from 'talos-client/system';
import { clientOptions, parseTalosconfig } from 'talos-client/talosconfig';
import { simulateCluster } from 'talos-client-testkit';

const inMemory = await simulateCluster();
const { version } = await system(inMemory.client()).version();
assert.match(version?.tag ?? '', /^v1\./);
await inMemory.close();

const overTls = await simulateCluster({ transport: 'tls' });
const talos = createTalosClient(clientOptions(parseTalosconfig(overTls.talosconfig).context()));
assert.equal((await system(talos).version()).version?.tag, version?.tag);
await talos.close();
await overTls.close();
console.log('testkit ok');
