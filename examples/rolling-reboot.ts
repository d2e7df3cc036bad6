// Reboots the nodes of the context one after the other, and goes on only when each is back.
// Run: npx tsx examples/rolling-reboot.ts
import { setTimeout as sleep } from 'node:timers/promises';
import { createTalosClient, isTalosError, type TalosNode, text } from 'talos-client';
import { decodeEvent, events } from 'talos-client/events';
import { files } from 'talos-client/files';
import { lifecycle } from 'talos-client/lifecycle';
import { loadTalosconfig } from 'talos-client/talosconfig';

/** The id that the kernel gives each boot. */
async function bootId(node: TalosNode): Promise<string> {
  return (await text(files(node).read({ path: '/proc/sys/kernel/random/boot_id' }))).trim();
}

/** Waits until the node says that it is running and ready, on whatever connection. */
async function untilReady(node: TalosNode, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      for await (const event of events(node).watch({ tailEvents: -1 }, { signal })) {
        const { payload } = decodeEvent(event);
        if (payload.case !== 'machineStatus') continue;
        if (payload.value.stage === 'RUNNING' && payload.value.status?.ready) return;
      }
    } catch (error) {
      // While it reboots, the node is not there.
      if (!isTalosError(error)) throw error;
    }
    await sleep(250, undefined, { signal });
  }
}

await using talos = createTalosClient(await loadTalosconfig());
for (const node of talos.nodes()) {
  const before = await bootId(node);
  const { actorId } = await lifecycle(node).reboot({ mode: 'DEFAULT' });
  console.log(`${node.address}: rebooting (action ${actorId})`);
  const signal = AbortSignal.timeout(10 * 60_000);
  for (;;) {
    await untilReady(node, signal);
    // The old boot was ready too, until it went down.
    const now = await bootId(node).catch(() => before);
    if (now !== before) break;
    await sleep(250, undefined, { signal });
  }
  console.log(`${node.address}: back`);
}
