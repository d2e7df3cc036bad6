import { setTimeout as sleep } from 'node:timers/promises';
import type { LookedAtCluster } from './clusters.js';
import { Entries } from './entries.js';
import { readEtcd } from './etcd-members.js';
import { logTail } from './log-tail.js';
import { OperationRuns } from './operation-runs.js';
import type { EtcdView, Message } from './protocol.js';
import { Shared } from './shared.js';
import { WatchedNode } from './watched-node.js';

/** How often etcd is asked. */
const ETCD_MS = 3_000;
const SOON_MS = 250;
/** How many events are there for a page that comes later. */
const KEPT_EVENTS = 200;

/** The cluster as the page shows it. Nodes are watched while anybody looks, once for all who do. */
export class LiveState {
  /** All but the logs. */
  readonly source: Shared<Message>;
  readonly runs: OperationRuns;
  readonly #cluster: LookedAtCluster;
  readonly #lingerMs: number;
  readonly #nodes: readonly WatchedNode[];
  readonly #logs = new Map<string, Shared<Message>>();
  readonly #events = new Entries(KEPT_EVENTS);
  #etcd: EtcdView = { members: [] };

  constructor(cluster: LookedAtCluster, lingerMs: number) {
    this.#cluster = cluster;
    this.#lingerMs = lingerMs;
    this.#nodes = [...cluster.nodes].map(
      (node) => new WatchedNode(node, (message) => this.#publish(message)),
    );
    this.runs = new OperationRuns((run) => this.#publish({ type: 'run', run }));
    const now = () => this.#now();
    this.source = new Shared<Message>(now, (signal) => this.#watch(signal), lingerMs);
  }

  /** The log of a service on a node, or on all nodes that have it. */
  log(service: string, address: string | undefined): Shared<Message> {
    const key = JSON.stringify([service, address]);
    const open = this.#logs.get(key);
    if (open !== undefined) return open;
    const having = this.#nodes.filter(({ view }) => view.services.some(({ id }) => id === service));
    const all = (having.length > 0 ? having : this.#nodes).map(({ view }) => view.address);
    const nodes = this.#cluster.talos.nodes(address === undefined ? all : [address]);
    const tail = logTail(nodes, service, this.#lingerMs, () => this.#logs.delete(key));
    this.#logs.set(key, tail);
    return tail;
  }

  /** How many logs are followed. */
  get logs(): number {
    return this.#logs.size;
  }

  /** Ends all of it: first what operations take back, then the watches. */
  async close(): Promise<void> {
    await this.runs.close();
    this.source.end();
    for (const tail of this.#logs.values()) tail.end();
  }

  #now(): Message {
    const { name, isSimulated, mayAct, image } = this.#cluster;
    return {
      type: 'state',
      cluster: { name, isSimulated, mayAct, image },
      nodes: this.#nodes.map(({ view }) => view),
      samples: Object.fromEntries(
        this.#nodes.map(({ view, samples }) => [view.address, samples.list]),
      ),
      etcd: this.#etcd,
      events: this.#events.list,
      run: this.runs.view,
    };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#nodes.map((node) => node.run(signal)), this.#watchEtcd(signal)]);
  }

  async #watchEtcd(signal: AbortSignal): Promise<void> {
    const { talos } = this.#cluster;
    for (;;) {
      const controlPlanes = this.#nodes
        .filter(({ view }) => view.type === 'controlplane')
        .map(({ view }) => view.address);
      if (controlPlanes.length > 0) {
        this.#etcd = await readEtcd(talos.nodes(controlPlanes), signal);
        this.#publish({ type: 'etcd', etcd: this.#etcd });
      }
      // Until a node has said that it is a control plane, there is nobody to ask.
      await sleep(controlPlanes.length > 0 ? ETCD_MS : SOON_MS, undefined, { signal });
    }
  }

  #publish(message: Message): void {
    if (message.type === 'event') this.#events.add(message.entry);
    this.source.publish(message);
  }
}
