import { watchResources } from '../../../src/cosi/watch/watch.js';
import type { WatchEvent } from '../../../src/cosi/watch/watch-event.js';
import type { TalosStream } from '../../../src/runtime/stream.js';
import { Random } from '../../../testkit/src/base/random.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import type { Content, Resource } from '../../../testkit/src/topics/cosi/resource.js';
import { type QuickClock, quickParts } from '../../support/quick-clock.js';
import { type DiagnosticSpec, diagnostic, put, Replay, remove, stateOf } from './replay.js';

/** How many changes a node keeps of a kind once it had that many. */
export const KEPT = 1024;

const MARKER = 'zz-marker';

/** What a node did, beside what a watch told of it. */
export class Model {
  readonly node: SimulatedNode;
  readonly random: Random;
  readonly clock: QuickClock;
  readonly stream: TalosStream<WatchEvent<DiagnosticSpec>>;
  /** Changes of the node that the watch has not told. */
  readonly #due: string[] = [];
  #replay = new Replay();
  #told = 0;
  #markers = 0;
  #position = 0;
  /** Whether the changes are counted; they are not while a listing may stand for many of them. */
  #counts = false;
  /** Changes of the node, those that were never told, and those told more than once. */
  changes = 0;
  lost = 0;
  doubled = 0;
  /** How often each other event came. */
  readonly marks = new Map<string, number>();

  constructor(cluster: SimulatedCluster, name: string, seed: number) {
    this.node = cluster.node(name);
    this.random = new Random(seed);
    const parts = quickParts();
    this.clock = parts.clock;
    const target = cluster.client().node(this.node.address);
    this.stream = watchResources(target, diagnostic, {}, parts);
  }

  get #history() {
    return this.node.resources.collection(diagnostic.namespace, diagnostic.type).history;
  }

  /** One random write: a resource appears, changes or goes. */
  write(ids = 20): void {
    const id = `id-${this.random.int(1, ids)}`;
    if (this.random.int(1, 5) === 1) remove(this.node, id);
    else put(this.node, id, `${this.random.uint32()}`);
    this.#note();
  }

  /** Remembers the changes that a write made. */
  #note(): void {
    const { end } = this.#history;
    for (; this.#position < end; this.#position++) {
      const { type, resource } = this.#history.at(this.#position);
      this.changes += 1;
      if (this.#counts) this.#due.push(`${type} ${resource.metadata.id} ${textOf(resource)}`);
    }
  }

  /** Counts from here on: the watch has told all that was before. */
  count(): void {
    this.#due.length = 0;
    this.#counts = true;
  }

  /** A listing may stand for any number of changes from here on. */
  stopCounting(): void {
    this.#counts = false;
    this.#due.length = 0;
  }

  /** The node loses what it had in memory. */
  async reboot(): Promise<void> {
    this.node.kill();
    this.node.powerOn();
    await this.node.until(() => this.node.machine.isApiUp);
    this.#position = 0;
  }

  /** Reads until the watch has told everything that was written. */
  async catchUp(): Promise<void> {
    this.#markers += 1;
    const text = `marker ${this.#markers}`;
    put(this.node, MARKER, text);
    this.#note();
    for (;;) {
      const { value } = await this.stream.next();
      if (value === undefined) throw new Error('the watch ended');
      this.#take(value);
      const told = 'resource' in value && value.resource.metadata.id === MARKER;
      if (told && value.resource.spec.message === text) return;
    }
  }

  #take(event: WatchEvent<DiagnosticSpec>): void {
    this.#replay.take(event);
    for (const mark of this.#replay.marks.splice(0)) {
      this.marks.set(mark, (this.marks.get(mark) ?? 0) + 1);
    }
    for (const change of this.#replay.changes.splice(0)) {
      this.#told += 1;
      if (this.#counts) this.#compare(change);
    }
  }

  #compare(change: string): void {
    const place = this.#due.indexOf(change);
    if (place < 0) {
      this.doubled += 1;
      return;
    }
    this.lost += place;
    this.#due.splice(0, place + 1);
  }

  /** What the events amount to, and what the node has. */
  get states(): readonly [Record<string, string>, Record<string, string>] {
    return [this.#replay.state, stateOf(this.node)];
  }

  /** How many changes were told. */
  get told(): number {
    return this.#told;
  }
}

function textOf({ metadata, content }: Resource): string {
  const { message } = (content as Content).spec as DiagnosticSpec;
  return `${message} v${metadata.version} ${metadata.phase}`;
}
