// What a user's first program does over one carrier. Ends with "smoke ok".
// Usage: smoke.mjs <carrier> <talosconfig> <node> <other node>
import assert from 'node:assert/strict';
import { etcd } from 'talos-client/etcd';
import { files } from 'talos-client/files';
import { logs } from 'talos-client/logs';
import { services } from 'talos-client/services';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

const [carrier, path, node, other] = process.argv.slice(2);
const { collectBytes, createTalosClient, lines, TalosRpcError } = await import(
  carrier === 'http2' ? 'talos-client/http2' : 'talos-client'
);

const talos = createTalosClient(await loadTalosconfig({ path }));
assert.deepEqual(talos.certificate?.roles, ['os:admin']);

const { version } = await system(talos.node(node)).version();
assert.match(version?.tag ?? '', /^v1\./);
assert.equal((await etcd(talos.node(node)).memberList()).members.length, 1);

// Many calls at once, on both nodes.
const results = await talos.nodes([node, other]).each((each) => services(each).list());
assert.ok(results.every((result) => result.ok && result.value.services.length > 0));
await Promise.all(Array.from({ length: 50 }, () => system(talos.node(other)).version()));

// A stream that is left early, and one that is read to its end.
let seen = 0;
for await (const line of lines(logs(talos.node(node)).dmesg({ follow: true }))) {
  assert.equal(typeof line, 'string');
  seen += 1;
  if (seen === 5) break;
}
const text = new TextDecoder().decode(
  await collectBytes(files(talos.node(node)).read({ path: '/etc/os-release' })),
);
assert.match(text, /talos/i);

// A status, and a call that is cancelled.
await assert.rejects(services(talos.node(node)).restart({ id: 'no-such-service' }), TalosRpcError);
await assert.rejects(
  system(talos.node(node)).version({}, { signal: AbortSignal.abort() }),
  (error) => error.name === 'AbortError',
);
await talos.close();
console.log('smoke ok');
