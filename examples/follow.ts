// Follows the events and the kubelet log of all nodes of the context, across lost connections and
// reboots, until somebody stops it.
// Run: npx tsx examples/follow.ts
import { createTalosClient } from 'talos-client';
import { followEvents, followLogs } from 'talos-client/follow';
import { loadTalosconfig } from 'talos-client/talosconfig';

await using talos = createTalosClient(await loadTalosconfig());

async function showLogs(): Promise<void> {
  const request = { id: 'kubelet', tailLines: 10 };
  for await (const { node, value } of talos.nodes().merge((it) => followLogs(it, request))) {
    if (value.type === 'line') console.log(`${node}: ${value.line}`);
    else if (value.type === 'gap') console.log(`${node}: here lines may be missing`);
  }
}

async function showEvents(): Promise<void> {
  for await (const { node, value } of talos.nodes().merge((it) => followEvents(it))) {
    if (value.type === 'event') console.log(`${node}: event ${value.event.payload.case}`);
    else if (value.type === 'rebooted') console.log(`${node}: rebooted, now ${value.bootId}`);
    else console.log(`${node}: ${value.type}`);
  }
}

await Promise.all([showLogs(), showEvents()]);
