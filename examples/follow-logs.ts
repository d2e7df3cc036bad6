// Follows the kubelet log of all nodes of the context as one stream, until 20 lines have come.
// Run: npx tsx examples/follow-logs.ts
import { createTalosClient, lines } from 'talos-client';
import { logs } from 'talos-client/logs';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());

const follow = talos
  .nodes()
  .merge(
    (node) =>
      lines(logs(node).logs({ namespace: 'system', id: 'kubelet', follow: true, tailLines: 10 })),
    { onError: (node, error) => console.warn(`${node}: ${error}`) },
  );

let seen = 0;
for await (const { node, value } of follow) {
  console.log(`${node}: ${value}`);
  seen += 1;
  if (seen === 20) break; // cancels the call on every node
}
