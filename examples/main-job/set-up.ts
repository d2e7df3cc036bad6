import { setTimeout as sleep } from 'node:timers/promises';
import {
  createTalosClient,
  isTalosError,
  maintenance,
  type TalosNode,
  TalosRpcError,
} from 'talos-client';
import { cluster } from 'talos-client/cluster';
import { configuration } from 'talos-client/configuration';
import { followEvents } from 'talos-client/follow';
import { lifecycle } from 'talos-client/lifecycle';
import { system } from 'talos-client/system';
import { StoryError } from './error-text.js';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

/** A machine that was just turned on, and what it is meant to be. */
export interface NewMachine {
  readonly name: string;
  /** Where its API is reached, as `host:port`. */
  readonly endpoint: string;
  /** The fingerprint of its key, read off its console. */
  readonly fingerprint: string;
  /** Its machine configuration. */
  readonly config: string;
}

/** Finds each machine by its fingerprint, and gives it its configuration. */
export async function configure(screen: Screen, machines: readonly NewMachine[]): Promise<void> {
  screen.step('Machines without configuration, known by the fingerprints on their consoles');
  const clients = machines.map(({ endpoint, fingerprint }) =>
    createTalosClient({
      endpoints: [endpoint],
      credentials: maintenance({ fingerprints: [fingerprint] }),
    }),
  );
  try {
    for (const [index, client] of clients.entries()) {
      const { name, endpoint, fingerprint } = machines[index] as NewMachine;
      const { version } = await system(client).version();
      screen.node(name, `${version?.tag} at ${endpoint}, ${fingerprint}`);
    }
    await showRefusal(screen, machines);

    screen.step('Apply a machine configuration to each');
    await Promise.all(
      clients.map(async (client, index) => {
        const { name, config } = machines[index] as NewMachine;
        const data = Buffer.from(config);
        const { mode, warnings } = await configuration(client).apply({ data, mode: 'AUTO' });
        screen.node(name, `${data.length} bytes applied, mode ${mode}`);
        for (const warning of warnings) screen.node(name, `warning: ${warning}`);
      }),
    );
  } finally {
    for (const client of clients) client.close();
  }
}

/** A configuration holds secrets: nothing is sent to a machine that has another key. */
async function showRefusal(screen: Screen, machines: readonly NewMachine[]): Promise<void> {
  const [first, second] = machines;
  if (first === undefined || second === undefined) return;
  await using stranger = createTalosClient({
    endpoints: [second.endpoint],
    credentials: maintenance({ fingerprints: [first.fingerprint] }),
  });
  const answered = await system(stranger)
    .version()
    .then(
      () => true,
      (error: unknown) => {
        if (isTalosError(error) && error.code === 'config') return false;
        throw error;
      },
    );
  if (answered) throw new StoryError(`${second.name} was taken for ${first.name}`);
  screen.line(`${second.name} with the fingerprint of ${first.name}: refused, as it should be`);
}

/** Tells the stages of all nodes while they install and boot, and starts etcd on the first one. */
export async function bringUp(
  screen: Screen,
  nodes: StoryNodes,
  first: string,
  signal: AbortSignal,
): Promise<void> {
  screen.step(`Install, boot, and bootstrap etcd once, on ${first}`);
  const stages = new Map<string, string>();
  const bootstrapped = bootstrap(nodes.target(first), signal).then(() => {
    screen.node(first, 'etcd bootstrapped');
  });
  // A failure is told below; until then it is not unhandled.
  bootstrapped.catch(() => {});
  // A machine that leaves maintenance gets another certificate, and then reboots.
  const reconnect = { firstMs: 100, maxMs: 2_000, waitForNode: true };
  const news = nodes.set.merge((node) => followEvents(node, { tailEvents: -1 }, { reconnect }), {
    signal,
  });
  for await (const { node, value } of news) {
    if (value.type !== 'event' || value.event.payload.case !== 'machineStatus') continue;
    const { stage, status } = value.event.payload.value;
    const now = status?.ready ? `${stage} and ready` : String(stage);
    if (stages.get(node) === now) continue;
    stages.set(node, now);
    screen.node(nodes.nameOf(node), now);
    const up = [...stages.values()].filter((text) => text === 'RUNNING and ready');
    if (up.length === nodes.all.length) break;
  }
  await bootstrapped;
}

/**
 * Starts etcd as a cluster of one, which the other control planes join. Only ever sent to one node.
 */
async function bootstrap(node: TalosNode, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await lifecycle(node).bootstrap({ recoverEtcd: false }, { signal });
    } catch (error) {
      if (!(error instanceof TalosRpcError)) throw error;
      // An earlier try got through although its reply did not.
      if (error.status === 'already-exists') return;
      const later = error.status === 'failed-precondition' || error.status === 'unavailable';
      if (!later) throw error;
    }
    await sleep(200, undefined, { signal });
  }
}

/** Has the cluster check itself, and tells each check. */
export async function showHealth(
  screen: Screen,
  nodes: StoryNodes,
  { signal, waitTimeoutMs }: { readonly signal: AbortSignal; readonly waitTimeoutMs: number },
): Promise<void> {
  screen.step('Health of the cluster, as it checks itself');
  const waitTimeout = { seconds: BigInt(Math.ceil(waitTimeoutMs / 1000)), nanos: 0 };
  for await (const { message } of cluster(nodes.talos).healthCheck({ waitTimeout }, { signal })) {
    screen.line(message.trimEnd());
  }
}
