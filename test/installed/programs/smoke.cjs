// The same package by `require`. Usage: smoke.cjs <carrier> <talosconfig> <node>
const assert = require('node:assert/strict');
const { createTalosClient, TalosConfigError } =
  process.argv[2] === 'http2' ? require('talos-client/http2') : require('talos-client');
const { system } = require('talos-client/system');
const { loadTalosconfig } = require('talos-client/talosconfig');

async function main() {
  const [, path, node] = process.argv.slice(2);
  const talos = createTalosClient(await loadTalosconfig({ path }));
  const { version } = await system(talos.node(node)).version();
  assert.match(version.tag, /^v1\./);
  await talos.close();
  const module = await import('talos-client');
  assert.ok(new TalosConfigError('no') instanceof module.TalosConfigError);
  console.log('smoke ok');
}

main();
