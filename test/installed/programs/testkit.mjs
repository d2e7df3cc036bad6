// The testkit, in memory and over TLS. Ends with "testkit ok".
import assert from 'node:assert/strict';
import { createTalosClient } from 'talos-client';
import { system } from 'talos-client/system';
import { clientOptions, parseTalosconfig } from 'talos-client/talosconfig';
import { simulateCluster } from 'talos-client-testkit';

{
  await using cluster = await simulateCluster();
  const { version } = await system(cluster.client()).version();
  assert.match(version?.tag ?? '', /^v1\./);
}
{
  await using cluster = await simulateCluster({ transport: 'tls' });
  const context = parseTalosconfig(cluster.talosconfig).context();
  await using talos = createTalosClient(clientOptions(context));
  const { version } = await system(talos).version();
  assert.match(version?.tag ?? '', /^v1\./);
}
console.log('testkit ok');
