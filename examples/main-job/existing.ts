import { createTalosClient, lines, type TalosClient } from 'talos-client';
import { decodeEvent, events } from 'talos-client/events';
import { logs } from 'talos-client/logs';
import { discoverNodes } from 'talos-client/operations/discover-nodes';
import { loadTalosconfig } from 'talos-client/talosconfig';
import type { ExistingCluster } from './command-line.js';
import { errorText, StoryError } from './error-text.js';
import { eventText } from './event-text.js';
import { showServices, showSummary, showVersions } from './look.js';
import { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';
import { showHealth } from './set-up.js';
import { showEtcd } from './snapshot.js';

/**
 * Looks at a cluster that exists, by calls that change nothing.
 *
 * @throws {StoryError} at the end, when some nodes did not answer.
 */
export async function lookAtCluster(
  screen: Screen,
  { talosconfig, context, nodes: named }: ExistingCluster,
  signal: AbortSignal,
): Promise<void> {
  const options = await loadTalosconfig({ path: talosconfig, context });
  await using talos = createTalosClient({ ...options, timeoutMs: CALL_MS });
  screen.step(`The cluster of ${talosconfig}`);
  screen.line(`endpoints ${talos.endpoints.join(', ')}`);
  const roles = talos.certificate?.roles ?? [];
  screen.line(`roles ${roles.join(', ') || '(none)'}`);
  const { nodes, controlPlanes } = await findNodes(talos, named ?? options.nodes);
  screen.line(`nodes ${nodes.all.map(({ name }) => name).join(', ')}`);

  const failed = new Set<string>(await showVersions(screen, nodes));
  for (const name of await showServices(screen, nodes)) failed.add(name);
  if (controlPlanes.length > 0) {
    for (const name of await showEtcd(screen, nodes, controlPlanes)) failed.add(name);
  }
  await showEvents(screen, nodes, signal);
  await showLogs(screen, nodes, signal);
  const unwell = await showHealth(screen, nodes, { signal, wait: false, checks });
  for (const name of unwell) failed.add(name);
  for (const name of await showSummary(screen, nodes)) failed.add(name);
  if (failed.size > 0) throw new StoryError(`some nodes failed: ${[...failed].join(', ')}`);
}

/** A node that is not there should not hold everything up. */
const CALL_MS = 10_000;
/** Those for which Kubernetes is not asked: that needs a kubeconfig, and each one is a new certificate. */
const checks = [
  'etcd',
  'etcd members',
  'etcd nodes',
  'apid',
  'diagnostics',
  'kubelet',
  'boot',
] as const;

async function findNodes(
  talos: TalosClient,
  addresses: readonly string[],
): Promise<{ readonly nodes: StoryNodes; readonly controlPlanes: readonly string[] }> {
  const found = await discoverNodes(talos);
  const wanted = addresses.length > 0 ? addresses : found.map(({ address }) => address);
  const all = wanted.map((address) => {
    const known = found.find(
      ({ addresses: own, hostname }) => own.includes(address) || hostname === address,
    );
    return { address, name: known?.hostname ?? address, type: known?.type };
  });
  const controlPlanes = all.filter(({ type }) => type === 'controlplane').map(({ name }) => name);
  return { nodes: new StoryNodes(talos, all), controlPlanes };
}

/** How long the last events are waited for. */
const EVENTS_MS = 3_000;
/** How many events and lines of each node are shown. */
const LAST = 3;

async function showEvents(screen: Screen, nodes: StoryNodes, signal: AbortSignal): Promise<void> {
  screen.step('The last events of each node');
  const results = await nodes.set.each(
    async (node, stop) => {
      const told: string[] = [];
      // The stream stays open for what comes; a node that just booted may have less to tell.
      const enough = AbortSignal.timeout(EVENTS_MS);
      const stream = events(node).watch({ tailEvents: LAST }, { signal: enough });
      try {
        for await (const event of stream) {
          const { payload } = decodeEvent(event);
          if (payload.case !== 'hello') told.push(eventText(payload) ?? payload.case);
          if (told.length === LAST) break;
        }
      } catch (error) {
        stop.throwIfAborted();
        if (!enough.aborted) throw error;
      }
      return told;
    },
    { signal },
  );
  for (const result of results) {
    const text = result.ok ? result.value.join('; ') : errorText(result.error);
    screen.node(nodes.nameOf(result.node), text);
  }
}

async function showLogs(screen: Screen, nodes: StoryNodes, signal: AbortSignal): Promise<void> {
  screen.step('The last lines of each kubelet');
  const request = { namespace: 'system', id: 'kubelet', follow: false, tailLines: LAST };
  const tail = nodes.set.merge((node) => lines(logs(node).logs(request)), {
    signal,
    onError: (node, error) => screen.node(nodes.nameOf(node), errorText(error)),
  });
  for await (const { node, value } of tail) screen.log(nodes.nameOf(node), value);
}
