import { setTimeout as sleep } from 'node:timers/promises';
import { isTalosError, type StatusName, type TalosNode } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { MachineType } from 'talos-client/cosi/config';
import { MachineStatus } from 'talos-client/cosi/runtime';
import { followEvents } from 'talos-client/follow';
import { type ServiceInfo, services } from 'talos-client/services';
import { system } from 'talos-client/system';
import { eventText } from '../main-job/event-text.js';
import { shortened } from './entries.js';
import type { ChangeMessage, Entry, Link, NodeView, Sample, ServiceView } from './protocol.js';
import { reasonOf } from './reason.js';
import { reconnect } from './reconnect.js';
import { Samples } from './samples.js';

/** How often a node is asked what it does, and how long it may take to answer. */
const SAMPLE_MS = 2_000;
const ANSWER_MS = 5_000;
/** How many of the last events of a node are read at first. */
const TAIL_EVENTS = 20;

/** A node that is looked at: what was seen last, and what keeps that up to date. */
export class WatchedNode {
  readonly samples = new Samples();
  readonly #node: TalosNode;
  readonly #publish: (message: ChangeMessage) => void;
  #view: NodeView;
  /** Whether its stage is watched; how often in a row that did not come about, and why. */
  #isWatched = false;
  #losses = 0;
  #loss: string | undefined;
  /** Why it did not answer the last time that it was asked. */
  #silence: string | undefined;
  /** The id of the last event: ids grow. */
  #lastEvent = '';
  /** Whether its services were not read when they should have been. */
  #hasOldFacts = false;

  constructor(node: TalosNode, publish: (message: ChangeMessage) => void) {
    const { address } = node;
    this.#node = node;
    this.#publish = publish;
    const [unmet, list, problems] = [[], [], []];
    this.#view = { address, name: address, link: 'connecting', unmet, services: list, problems };
  }

  get view(): NodeView {
    return this.#view;
  }

  /** Keeps it up to date until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#isWatched = false;
    this.#losses = 0;
    this.#loss = undefined;
    this.#silence = undefined;
    this.#update({ problems: [] });
    await Promise.all([
      this.#lasting('stage', signal, () => this.#watchStage(signal)),
      this.#lasting('events', signal, () => this.#followEvents(signal)),
      this.#lasting('counters', signal, () => this.#sample(signal)),
    ]);
  }

  /** Runs what goes on for ever. What ends it otherwise is told with the node. */
  async #lasting(what: string, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (signal.aborted) return;
      const problem = `${what}: ${reasonOf(error)}`;
      this.#update({ problems: [...new Set([...this.#view.problems, problem])] });
    }
  }

  async #watchStage(signal: AbortSignal): Promise<void> {
    for await (const event of cosi(this.#node).watch(MachineStatus, { signal, reconnect })) {
      switch (event.type) {
        case 'created':
        case 'updated': {
          const { stage, status } = event.resource.spec;
          const unmet = status.unmetConditions.map(({ name, reason }) => `${name}: ${reason}`);
          this.#update({ stage, ready: status.ready, unmet });
          break;
        }
        case 'synced':
        case 'resumed':
          this.#isWatched = true;
          this.#losses = 0;
          this.#update();
          break;
        case 'disconnected':
          this.#isWatched = false;
          this.#losses += 1;
          this.#loss = reasonOf(event.error);
          this.#update();
          break;
        case 'relisting':
          // After a reboot there is nothing that could be missing.
          if (event.reason !== 'rebooted') this.#mark(`stages may be missing: ${event.reason}`);
      }
    }
  }

  async #followEvents(signal: AbortSignal): Promise<void> {
    let isLost = false;
    const facts = again(() => this.#lasting('services', signal, () => this.#readFacts(signal)));
    // Since the node was last looked at, or the last ones when it never was.
    const from = this.#lastEvent === '' ? { tailEvents: TAIL_EVENTS } : { tailId: this.#lastEvent };
    for await (const item of followEvents(this.#node, from, { signal, reconnect })) {
      switch (item.type) {
        case 'connected':
          if (isLost) this.#mark('connected again');
          isLost = false;
          void facts();
          break;
        case 'event': {
          const { id, payload } = item.event;
          const text = eventText(payload);
          if (text !== undefined && id > this.#lastEvent) this.#told(text, timeOf(id));
          if (id > this.#lastEvent) this.#lastEvent = id;
          if (payload.case === 'serviceState') void facts();
          break;
        }
        case 'rebooted':
          this.#mark('was rebooted: events of the boot before may be missing');
          break;
        case 'gap':
          this.#mark(`events may be missing: ${item.reason}`);
          break;
        case 'disconnected':
          // Told once, however often it is tried again.
          if (!isLost) this.#mark(`connection lost: ${reasonOf(item.error)}`);
          isLost = true;
      }
    }
  }

  /** What changes with a boot, and the services. */
  async #readFacts(signal: AbortSignal): Promise<void> {
    const call = { signal, timeoutMs: ANSWER_MS };
    const node = this.#node;
    try {
      const [{ version }, { hostname }, type, list] = await Promise.all([
        system(node).version({}, call),
        system(node).hostname({}, call),
        cosi(node).get(MachineType, undefined, call),
        services(node).list({}, call),
      ]);
      this.#hasOldFacts = false;
      this.#update({
        name: hostname,
        type: type.spec,
        version: version?.tag,
        services: list.services.map(serviceView),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!isSilence(error)) throw error;
      // Read again as soon as it answers.
      this.#hasOldFacts = true;
    }
  }

  async #sample(signal: AbortSignal): Promise<void> {
    const call = { signal, timeoutMs: ANSWER_MS };
    for (;;) {
      try {
        const [stat, memory] = await Promise.all([
          system(this.#node).systemStat({}, call),
          system(this.#node).memory({}, call),
        ]);
        this.#sampled(this.samples.add(Date.now(), stat, memory));
        this.#answered(undefined, Number(stat.bootTime) * 1000);
        if (this.#hasOldFacts) await this.#readFacts(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isSilence(error)) throw error;
        this.#sampled(this.samples.addGap(Date.now()));
        this.#answered(reasonOf(error));
      }
      await sleep(SAMPLE_MS, undefined, { signal });
    }
  }

  #sampled(sample: Sample): void {
    this.#publish({ type: 'sample', node: this.#view.address, sample });
  }

  /** The node was asked; `silence` says why it did not answer. */
  #answered(silence: string | undefined, bootedAt = this.#view.bootedAt): void {
    if (silence === this.#silence && bootedAt === this.#view.bootedAt) return;
    this.#silence = silence;
    this.#update({ bootedAt });
  }

  #told(text: string, at: number): void {
    this.#publish({ type: 'event', entry: this.#entry('told', text, at) });
  }

  #mark(text: string): void {
    this.#publish({ type: 'event', entry: this.#entry('mark', text, Date.now()) });
  }

  #entry(kind: Entry['kind'], text: string, at: number): Entry {
    return { kind, node: this.#view.address, text: shortened(text), at };
  }

  #update(changes: Partial<NodeView> = {}): void {
    const link = this.#link();
    const why = link === 'up' ? undefined : (this.#silence ?? this.#loss);
    this.#view = { ...this.#view, ...changes, link, why };
    this.#publish({ type: 'node', node: this.#view });
  }

  #link(): Link {
    if (this.#silence !== undefined) return 'lost';
    if (this.#isWatched) return 'up';
    // The first loss may be that of the endpoint on the way; another one is tried.
    return this.#losses > 1 ? 'lost' : 'connecting';
  }
}

/** Whether a node did not answer, rather than that it refused to. */
function isSilence(error: unknown): boolean {
  if (!isTalosError(error)) return false;
  return error.code !== 'rpc' || !REFUSALS.includes(error.status);
}

const REFUSALS: readonly StatusName[] = [
  'permission-denied',
  'unauthenticated',
  'unimplemented',
  'invalid-argument',
];

function serviceView({ id, state, health }: ServiceInfo): ServiceView {
  if (health === undefined || health.unknown) return { id, state, health: 'unknown' };
  return { id, state, health: health.healthy ? 'healthy' : 'unhealthy' };
}

/** When an event was: ids begin with the seconds since 1970, 32 bits of digits to the base of 32. */
function timeOf(id: string): number {
  const seconds = Math.floor(Number.parseInt(id.slice(0, 7), 32) / 8);
  return Number.isNaN(seconds) ? Date.now() : seconds * 1000;
}

/** Runs `run` whenever it is asked to, never twice at a time: what is asked meanwhile is one more run. */
function again(run: () => Promise<void>): () => Promise<void> {
  let isRunning = false;
  let isAsked = false;
  return async () => {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    while (isAsked) {
      isAsked = false;
      await run();
    }
    isRunning = false;
  };
}
