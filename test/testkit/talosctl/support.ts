import { expect } from 'vitest';
import { events } from '../../../generated/features/events.js';
import { files } from '../../../generated/features/files.js';
import { resources } from '../../../generated/features/resources.js';
import { type DecodedEvent, decodeEvent } from '../../../src/events/index.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import type { Target } from '../../../src/runtime/target.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';

/** The boot id of a node, read from the file that talosctl reads. */
export async function bootIdOf(target: Target): Promise<string> {
  const chunks: Uint8Array[] = [];
  const path = '/proc/sys/kernel/random/boot_id';
  for await (const chunk of files(target).read({ path })) chunks.push(chunk);
  return Buffer.concat(chunks).toString().trim();
}

/** The type and namespace that talosctl takes for a name of resources: all definitions are listed. */
export async function resolved(target: Target, name: string) {
  const definitions = await collect(
    resources(target).list({ namespace: 'meta', type: 'ResourceDefinitions.meta.cosi.dev' }),
  );
  const specs = definitions.map(({ resource }) => resource?.spec?.yamlSpec ?? '');
  const found = specs.filter((spec) => {
    const aliases = /^(?:allAliases|aliases):\n((?: +- .*\n)*)/gm;
    const all = [...spec.matchAll(aliases)].flatMap(([, list]) => list?.match(/(?<=- ).*/g) ?? []);
    return all.some((alias) => alias.toLowerCase() === name);
  });
  expect(found).toHaveLength(1);
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(`${found[0]}`)?.[1] ?? '';
  return { type: field('type'), namespace: field('defaultNamespace') };
}

function isUp({ payload }: DecodedEvent): boolean {
  const { case: kind, value } = payload;
  return kind === 'machineStatus' && value.stage === 'RUNNING' && value.status?.ready === true;
}

/**
 * What talosctl does to see an action through: cmd/talosctl/pkg/talos/action of v1.14.0-rc.1. It
 * listens to events before it acts, goes on listening when the API is back, with all that the node
 * still has, until the machine is running and ready, and then asks for the boot id.
 */
export async function trackedReboot(
  node: SimulatedNode,
  target: Target,
  act: () => Promise<{ actorId: string }>,
): Promise<readonly string[]> {
  const told: string[] = [];
  const first = events(target).watch({ tailEvents: 0 });
  expect((await first.next()).value?.data?.typeUrl ?? '').toBe('');
  const before = await bootIdOf(target);
  const { actorId } = await act();
  for await (const event of first) {
    const { payload, actorId: actor } = decodeEvent(event);
    if (actor !== actorId) continue;
    if (payload.case === 'phase') told.push(`${payload.value.phase} ${payload.value.action}`);
    if (payload.case === 'task' && payload.value.task === 'stopAllServices') break;
    if (payload.case === 'sequence') told.push(`${payload.value.sequence} ${payload.value.action}`);
  }
  for (;;) {
    // talosctl asks each second; here it waits until the API may be there.
    await node.until(() => node.machine.isApiUp && node.machine.boots > 1);
    try {
      for await (const event of events(target).watch({ tailEvents: -1 })) {
        if (event.data?.typeUrl !== '' && isUp(decodeEvent(event))) {
          expect(await bootIdOf(target)).not.toBe(before);
          return told;
        }
      }
    } catch (error) {
      // These it takes for a node that is not back yet; all others fail the action.
      expect((error as TalosRpcError).status).toMatch(/^(unavailable|cancelled)$/);
    }
  }
}
