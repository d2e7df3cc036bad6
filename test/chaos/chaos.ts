import { setTimeout as sleep } from 'node:timers/promises';
import { lifecycle, lifecycleMethods } from '../../generated/features/lifecycle.js';
import { system } from '../../generated/features/system.js';
import { mtls } from '../../src/runtime/credentials/index.js';
import { subscribe } from '../../src/runtime/diagnostics/index.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import { Random } from '../../testkit/src/base/random.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { type Carrier, clients } from './carriers.js';
import { Relay } from './relay.js';

/** How much chaos there is to be. */
export interface ChaosOptions {
  readonly calls: number;
  /** How many calls are open at the same time. */
  readonly workers: number;
  readonly timeoutMs: number;
  /** Milliseconds between two faults, and how long one lasts: at least and at most. */
  readonly pauseMs: readonly [number, number];
  readonly faultMs: readonly [number, number];
  readonly seed: number;
  /** What carries the calls. */
  readonly carrier: Carrier;
  /** What goes wrong. Default: everything. */
  readonly kinds?: readonly FaultKind[];
}

/** What became of the calls. */
export interface ChaosReport {
  readonly reads: number;
  readonly readsFailed: number;
  readonly acts: number;
  /** Calls that acted and were answered. */
  readonly actsDone: number;
  /** Those that ended with an unknown outcome. */
  readonly actsUnknown: number;
  /** Those that failed, and of which the error says that nothing ran. */
  readonly actsNotSent: number;
  /** What must not be: ran twice, ran although `not-sent`, answered and did not run, a wrong error. */
  readonly wrong: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  readonly longestMs: number;
  readonly retries: number;
  readonly ejections: number;
  /** Failures of reads, by message, with how many had it. */
  readonly failures: ReadonlyMap<string, number>;
}

/**
 * Makes calls through three endpoints, one of which has something wrong with it every now and then: it
 * is killed, restarted, stalled, half-closed, told to say GOAWAY, or has a new certificate.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { calls, workers, timeoutMs, seed, carrier } = options;
  const random = new Random(`chaos/${seed}`);
  await using cluster = await simulateCluster({ controlPlanes: 3, workers: 2, transport: 'tls' });
  const { cert, key } = await cluster.pki.client('os:admin');
  const credentials = mtls({ ca: await cluster.pki.ca(), cert, key });
  const ran = new Map<string, number>();
  for (const node of cluster.nodes) {
    node.on(lifecycleMethods.reboot, ({ metadata }) => {
      const id = String(metadata.get('x-id')?.[0]);
      ran.set(id, (ran.get(id) ?? 0) + 1);
      return { actorId: id };
    });
  }
  const endpoints = cluster.controlPlanes.map((node) => ({
    node,
    relay: new Relay(Number(node.endpoint.split(':').at(-1))),
  }));
  for (const { relay } of endpoints) await relay.open();
  let retries = 0;
  let ejections = 0;
  using _ = subscribe({
    retry() {
      retries += 1;
    },
    ejection({ state }) {
      if (state === 'ejected') ejections += 1;
    },
  });
  await using talos = clients[carrier]({
    endpoints: endpoints.map(({ relay }) => relay.address),
    credentials,
  });
  const nodes = cluster.nodes.map(({ address }) => talos.node(address));
  const report = { reads: 0, readsFailed: 0, acts: 0, actsDone: 0, actsUnknown: 0, actsNotSent: 0 };
  const wrong: string[] = [];
  const failures = new Map<string, number>();
  let longestMs = 0;
  let next = 0;

  const one = async (index: number): Promise<void> => {
    const node = nodes[index % nodes.length] as (typeof nodes)[number];
    const acts = index % 5 === 4;
    const id = `call-${index}`;
    const startedAt = performance.now();
    const error = await (acts
      ? lifecycle(node).reboot({ mode: 'DEFAULT' }, { timeoutMs, metadata: { 'x-id': id } })
      : system(node).version({}, { timeoutMs })
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    if (error !== undefined && !(error instanceof TalosRpcError)) wrong.push(`${id}: ${error}`);
    const outcome = (error as TalosRpcError | undefined)?.outcome;
    if (!acts) {
      report.reads += 1;
      if (error === undefined) return;
      report.readsFailed += 1;
      const text = String(error).replaceAll(/\d+\.\d+\.\d+\.\d+(:\d+)?/g, '…');
      failures.set(text, (failures.get(text) ?? 0) + 1);
      return;
    }
    report.acts += 1;
    if (error === undefined) report.actsDone += 1;
    else if (outcome === 'not-sent') report.actsNotSent += 1;
    else report.actsUnknown += 1;
    expectations.push([id, outcome]);
  };
  const expectations: [id: string, outcome: string | undefined][] = [];
  const work = async (): Promise<void> => {
    while (next < calls) {
      const index = next;
      next += 1;
      await one(index);
    }
  };

  const faults: Record<string, number> = {};
  const trouble = async (): Promise<void> => {
    const between = ([least, most]: readonly [number, number]) =>
      least + random.float() * (most - least);
    while (next < calls) {
      await sleep(between(options.pauseMs));
      const { node, relay } = random.pick(endpoints);
      const kind = random.pick(options.kinds ?? kinds);
      faults[kind] = (faults[kind] ?? 0) + 1;
      await troubles[kind](node, relay, between(options.faultMs));
    }
  };
  await Promise.all([trouble(), ...Array.from({ length: workers }, work)]);
  // What is under way at a node has its end.
  await cluster.journal.waitFor(() =>
    cluster.journal.calls.every((call) => call.outcome !== undefined),
  );
  for (const [id, outcome] of expectations) {
    const times = ran.get(id) ?? 0;
    const fits =
      outcome === undefined ? times === 1 : outcome === 'not-sent' ? times === 0 : times <= 1;
    if (!fits) wrong.push(`${id} ran ${times} times, outcome ${outcome ?? 'answered'}`);
  }
  await talos.close();
  for (const { relay } of endpoints) await relay.close();
  return { ...report, wrong, faults, longestMs, retries, ejections, failures };
}

type Trouble = (node: SimulatedNode, relay: Relay, forMs: number) => Promise<void>;

const troubles = {
  async killed(_, relay, forMs) {
    await relay.kill();
    await sleep(forMs);
    await relay.open();
  },
  async restarted(_, relay) {
    relay.drop(true);
  },
  async stalled(_, relay, forMs) {
    relay.stall();
    await sleep(forMs);
    relay.resume();
  },
  async 'half-closed'(_, relay) {
    relay.halfClose();
  },
  async 'told GOAWAY'(node) {
    node.goAway();
  },
  async 're-certified'(node, relay) {
    node.renewCertificate();
    relay.drop(false);
  },
} satisfies Record<string, Trouble>;

/** What may go wrong with an endpoint. */
export type FaultKind = keyof typeof troubles;

const kinds = Object.keys(troubles) as FaultKind[];

/** The report as people read it. */
export function reportText(report: ChaosReport, seconds: number): string {
  const share = (100 * (report.reads - report.readsFailed)) / Math.max(1, report.reads);
  return [
    `${report.reads + report.acts} calls in ${seconds.toFixed(0)} s; ${report.retries} repeats, ${report.ejections} ejections`,
    `faults: ${Object.entries(report.faults)
      .map(([kind, times]) => `${kind} ${times}`)
      .join(', ')}`,
    `reads: ${report.reads}, answered ${share.toFixed(3)} %`,
    `acts: ${report.acts}, done once ${report.actsDone}, unknown ${report.actsUnknown}, not sent ${report.actsNotSent}`,
    `longest call: ${report.longestMs.toFixed(0)} ms`,
    ...report.wrong.map((text) => `WRONG: ${text}`),
    ...[...report.failures].map(([text, times]) => `${times} × ${text}`),
  ].join('\n');
}
