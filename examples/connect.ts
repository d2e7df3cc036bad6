// Connects with the credentials of a talosconfig and asks each node for its version.
// Run: npx tsx examples/connect.ts   (TALOSCONFIG, or ~/.talos/config)
import { createTalosClient } from 'talos-client';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());

console.log(`endpoints: ${talos.endpoints.join(', ')}`);
console.log(`roles: ${talos.certificate?.roles.join(', ') ?? 'none'}`);
for (const node of talos.nodes()) {
  const { version, platform } = await system(node).version();
  console.log(`${node.address}: Talos ${version?.tag} on ${platform?.name}`);
}
