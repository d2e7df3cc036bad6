import type { ReconnectParts } from '../../src/reconnect/index.js';
import { ManualClock, type Timer } from '../../testkit/src/base/time/clock.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../testkit/src/cluster/options.js';

/** A cluster, and the time and chance of what works with it, on one clock. */
export interface TurningCluster extends AsyncDisposable {
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

/** Starts a cluster whose time passes only while a test waits for something. */
export async function turningCluster(options: ClusterOptions = {}): Promise<TurningCluster> {
  // The dates in certificates are looked at by the time of the machine.
  const { transport = 'memory' } = options;
  const clock = new ManualClock(transport === 'tls' ? Date.now() : undefined);
  const cluster = await simulateCluster({ ...options, clock });
  return {
    cluster,
    clock,
    parts: { clock: runtimeClock(clock), random: () => 1 },
    turnUntil: (promise) => turnUntil(clock, transport, promise),
    [Symbol.asyncDispose]: () => cluster.close(),
  };
}

function runtimeClock(clock: ManualClock): ReconnectParts['clock'] {
  return {
    now: () => clock.now(),
    start: (ms, run, argument) => clock.setTimer(ms, () => run(argument)),
    stop: (timer) => (timer as Timer | undefined)?.cancel(),
  };
}

async function turnUntil<T>(
  clock: ManualClock,
  transport: 'memory' | 'tls',
  promise: Promise<T>,
): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  while (!settled) {
    await clock.advance(STEP_MS[transport]);
    if (transport === 'tls') await new Promise((resolve) => setTimeout(resolve, SOCKETS_MS));
  }
  return promise;
}
