import { onTestFinished } from 'vitest';
import type { ReconnectParts } from '../../src/reconnect/index.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../testkit/src/cluster/options.js';
import { runtimeClock, turningUntil } from './time.js';

/** A cluster, and the time and chance of what works with it, on one clock. */
export interface TurningCluster {
  readonly cluster: SimulatedCluster;
  readonly clock: ManualClock;
  readonly parts: ReconnectParts;
  /** Turns the clock until `promise` has settled: hours pass in no time. */
  turnUntil<T>(promise: Promise<T>): Promise<T>;
}

/** How far the clock is turned before whatever that set off goes on. Milliseconds. */
const STEP_MS = { memory: 100, tls: 250 };

/** How long sockets get for each step; on a busy machine they get more. Real milliseconds. */
const SOCKETS_MS = 3;

/** Starts a cluster that ends with the test; its time passes only while the test waits for something. */
export async function turningCluster(options: ClusterOptions = {}): Promise<TurningCluster> {
  // The dates in certificates are looked at by the time of the machine.
  const { transport = 'memory' } = options;
  const clock = new ManualClock(transport === 'tls' ? Date.now() : undefined);
  const cluster = await simulateCluster({ ...options, clock });
  onTestFinished(() => cluster.close());
  return {
    cluster,
    clock,
    parts: { clock: runtimeClock(clock), random: () => 1 },
    turnUntil: (promise) => turningUntil(promise, () => turn(clock, transport)),
  };
}

/** Turns the clock, and gives sockets the time to follow. */
async function turn(clock: ManualClock, transport: 'memory' | 'tls'): Promise<void> {
  await clock.advance(STEP_MS[transport]);
  if (transport === 'tls') await new Promise((resolve) => setTimeout(resolve, SOCKETS_MS));
}
