import type { Ended } from '../../../../src/fleet/engine/memory.js';
import type { Flow } from '../../../../src/fleet/flow.js';
import type { FleetFlowOptions } from '../../../../src/fleet/flows/connect.js';
import type { Json } from '../../../../src/fleet/json.js';
import type { KubernetesApi } from '../../../../src/operations/kubernetes/api.js';
import type { ReconnectParts } from '../../../../src/reconnect/index.js';
import type { TalosClient } from '../../../../src/runtime/talos-client.js';
import { ManualClock } from '../../../../testkit/src/base/time/clock.js';
import { type SimulatedCluster, simulateCluster } from '../../../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../../../testkit/src/cluster/options.js';
import { kubernetesOf } from '../../../operations/support/fetch-kubernetes.js';
import { runtimeClock, turningUntil } from '../../../support/time.js';
import { PlainEngine, PlainStore } from '../../support/plain-engine.js';

/** How far the clock is turned before whatever that set off goes on. Milliseconds. */
const STEP_MS = 250;

/** How long files and sockets get for each step; on a busy machine they get more. Real milliseconds. */
const OUTSIDE_MS = 2;

/** Simulated clusters in memory with one time, and a process after the other that works on them. */
export class SimulatedFleet implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly clusters: ReadonlyMap<string, SimulatedCluster>;
  readonly parts: ReconnectParts;
  /** The clients that were made and are not closed. */
  readonly open = new Set<TalosClient>();
  connects = 0;
  /** Whether a flow works with files or sockets, which take time of the machine that must not run ahead. */
  isOutside = false;

  private constructor(clock: ManualClock, clusters: ReadonlyMap<string, SimulatedCluster>) {
    this.clock = clock;
    this.clusters = clusters;
    this.parts = { clock: runtimeClock(clock), random: () => 1 };
  }

  /** Starts a cluster for each name. */
  static async start(
    names: readonly string[],
    options: ClusterOptions = {},
  ): Promise<SimulatedFleet> {
    // The dates in certificates are looked at by the time of the machine.
    const isOutside = options.transport === 'tls';
    const clock = new ManualClock(isOutside ? Date.now() : undefined);
    const clusters = new Map<string, SimulatedCluster>();
    for (const clusterName of names) {
      clusters.set(clusterName, await simulateCluster({ ...options, clusterName, clock }));
    }
    const fleet = new SimulatedFleet(clock, clusters);
    fleet.isOutside = isOutside;
    return fleet;
  }

  cluster(name: string): SimulatedCluster {
    const found = this.clusters.get(name);
    if (found === undefined) throw new Error(`there is no cluster ${name}`);
    return found;
  }

  /** What makers of flows take. */
  get options(): FleetFlowOptions {
    const connecting = {
      connect: (context: string) => {
        this.connects += 1;
        const client = this.cluster(context).client();
        const close = client.close.bind(client);
        this.open.add(client);
        client.close = async () => {
          this.open.delete(client);
          await close();
        };
        return client;
      },
    };
    // In memory nothing serves the Kubernetes API.
    if (this.isOutside) return connecting;
    const kubernetes = (context: string): KubernetesApi => kubernetesOf(this.cluster(context));
    return { ...connecting, kubernetes };
  }

  /** A process that runs a flow, with what those before it remembered. */
  process(flow: Flow<never, Json>, store = new PlainStore(), dieAt?: number): PlainEngine {
    const { clock } = this;
    const parts = { clock: this.parts.clock, wallMs: () => clock.now() };
    return new PlainEngine(store, { flows: withChildren(flow), parts, ...(dieAt && { dieAt }) });
  }

  /** Runs a flow to its end in one process. */
  run<I extends Json, O extends Json>(flow: Flow<I, O>, input: I): Promise<Ended> {
    return this.turnUntil(this.process(flow as Flow<never, Json>).run(flow, input));
  }

  turnUntil<T>(promise: Promise<T>): Promise<T> {
    return turningUntil(promise, async () => {
      await this.clock.advance(STEP_MS);
      if (this.isOutside) await new Promise((resolve) => setTimeout(resolve, OUTSIDE_MS));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cluster of this.clusters.values()) await cluster.close();
  }
}

/** A flow, and all that it runs. */
export function withChildren(flow: Flow<never, Json>): readonly Flow<never, Json>[] {
  return [flow, ...(flow.children ?? []).flatMap(withChildren)];
}
