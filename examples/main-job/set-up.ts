import { createTalosClient, isTalosError, maintenance } from 'talos-client';
import { bootstrapCluster } from 'talos-client/operations/bootstrap-cluster';
import { checkHealth, type HealthCheckName } from 'talos-client/operations/check-health';
import { provision } from 'talos-client/operations/provision';
import { system } from 'talos-client/system';
import { StoryError } from './error-text.js';
import type { StoryNodes } from './nodes.js';
import { stepLines } from './progress.js';
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

/** A configuration holds secrets: nothing is sent to a machine that has another key. */
export async function showFingerprints(
  screen: Screen,
  machines: readonly NewMachine[],
): Promise<void> {
  screen.step('Machines without configuration, known by the fingerprints on their consoles');
  for (const { name, endpoint, fingerprint } of machines) {
    screen.node(name, `${endpoint}, ${fingerprint}`);
  }
  const [first, second] = machines;
  if (first === undefined || second === undefined) return;
  await using stranger = createTalosClient({
    endpoints: [second.endpoint],
    credentials: maintenance({ fingerprints: [first.fingerprint] }),
  });
  const error: unknown = await system(stranger)
    .version()
    .catch((cause: unknown) => cause);
  if (!isTalosError(error) || error.code !== 'config') {
    throw new StoryError(`${second.name} was taken for ${first.name}`);
  }
  screen.line(`${second.name} with the fingerprint of ${first.name}: refused, as it should be`);
}

/** Makes nodes of the machines, all at once, and begins etcd on the first one. */
export async function bringUp(
  screen: Screen,
  nodes: StoryNodes,
  machines: readonly NewMachine[],
  signal: AbortSignal,
): Promise<void> {
  screen.step('Configure, install and boot all of them, and bootstrap etcd once');
  const onProgress = stepLines(screen, nodes);
  const [first] = machines;
  const up = machines.map(async ({ name, endpoint, fingerprint, config }) => {
    const node = nodes.target(name);
    const machine = { endpoint, fingerprints: [fingerprint], node };
    const { type, stage } = await provision(machine, config, {
      signal,
      onProgress(progress) {
        if (progress.step !== 'wait for the node') return;
        if (progress.type === 'step') screen.node(name, 'has its configuration');
      },
    });
    screen.node(name, `is a ${type}, ${stage}`);
    if (name !== first?.name) return;
    const { wasBootstrapped } = await bootstrapCluster(node, { signal, onProgress });
    screen.node(name, wasBootstrapped ? 'had etcd already' : 'etcd bootstrapped');
  });
  await Promise.all(up);
}

/** Checks the cluster from here, and tells each check. */
export async function showHealth(
  screen: Screen,
  nodes: StoryNodes,
  options: {
    readonly signal: AbortSignal;
    /** Whether to wait until all is well. */
    readonly wait: boolean;
    readonly checks?: readonly HealthCheckName[];
  },
): Promise<readonly string[]> {
  screen.step('Health of the cluster');
  const { checks } = await checkHealth(nodes.talos, { ...options, intervalMs: 500 });
  const failed = new Set<string>();
  for (const { name, status, reason, nodes: seen } of checks) {
    screen.line(`${name}: ${status}${reason === undefined ? '' : ` (${reason})`}`);
    if (status !== 'failed') continue;
    for (const { node, problem } of seen) {
      if (problem === undefined) continue;
      const who = node === undefined ? 'the cluster' : nodes.nameOf(node);
      failed.add(who);
      screen.node(who, problem);
    }
  }
  return [...failed];
}
