import type { Logger } from '../../observability/logging/index.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { failureOf } from '../engine/failure.js';
import type { Ended } from '../engine/memory.js';
import { type FlowParts, machineFlowParts } from '../engine/parts.js';
import { runFlow } from '../engine/run-flow.js';
import type { EngineRun } from './engine.js';
import { PostgresMemory } from './memory.js';
import { pause } from './pause.js';
import type { Term } from './session.js';
import type { Store } from './store.js';

/**
 * What became of a flow on this worker: how it ended, which is remembered, or
 *
 * - `left`: the worker may not go on with it: it was overtaken, or is closed.
 * - `stopped`: no worker can go on with it before somebody has changed something.
 * - `again`: something failed that has to do with neither; it may be tried again.
 */
export type Execution = Ended | 'left' | 'stopped' | 'again';

/** The flows that run on this worker now. */
export class Executions {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, AbortController>();
  readonly #stopped = new Set<string>();
  readonly #bodies = new Set<Promise<unknown>>();
  readonly #parts: FlowParts = {
    ...machineFlowParts,
    track: (body) => {
      const settled = body.then(
        () => {},
        () => {},
      );
      this.#bodies.add(settled);
      settled.finally(() => this.#bodies.delete(settled));
    },
  };

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Runs a flow that the engine gave to this worker, until it ends or the worker may not go on. */
  async run(id: string, engine: EngineRun): Promise<Execution> {
    const ending = new AbortController();
    const { term } = this.#store.session;
    // The engine began it once more, so that the one before is not the right one any longer.
    this.#running.get(id)?.abort(overtaken(id));
    this.#running.set(id, ending);
    this.#stopped.delete(id);
    const signals = [term.signal, this.#closing.signal];
    const undo = signals.map((signal) => onAbort(signal, (reason) => ending.abort(reason)));
    for (const signal of signals) if (signal.aborted) ending.abort(signal.reason);
    try {
      return await this.#run(id, term, engine, ending.signal);
    } catch (error) {
      return await this.#outcomeOf(id, error, ending.signal);
    } finally {
      for (const each of undo) each();
      if (this.#running.get(id) === ending) this.#running.delete(id);
      // Nothing of it may act any longer, also what it did not wait for.
      ending.abort(overtaken(id));
    }
  }

  /** Whether the worker works on a flow, or has given up until somebody has changed something. */
  has(id: string): boolean {
    return this.#running.has(id) || this.#stopped.has(id);
  }

  /** Breaks everything off, and waits until nothing acts any more, or for `atMostMs`. */
  async close(reason: TalosFlowError, atMostMs: number): Promise<void> {
    this.#closing.abort(reason);
    const over = new AbortController();
    Promise.all(this.#bodies).then(() => over.abort());
    await pause(atMostMs, over.signal);
  }

  async #run(id: string, term: Term, engine: EngineRun, signal: AbortSignal): Promise<Execution> {
    const row = await this.#store.flows.take(id, signal);
    if (row === undefined) {
      throw new TalosFlowError('there is no flow of this id', { id, reason: 'different' });
    }
    const before = row.isEnded ? (await this.#store.flows.ended([id], signal)).get(id) : undefined;
    if (before !== undefined) return before;
    const memory = new PostgresMemory(row, term, this.#store, engine, signal);
    const ended = await runFlow(this.#store.known.find(row), row.input, memory, this.#parts);
    await this.#store.progress.flush();
    const by = { worker: this.#store.session.worker, term };
    if (!(await this.#store.flows.end(id, ended, by, signal))) await memory.confirm();
    return ended;
  }

  async #outcomeOf(id: string, error: unknown, signal: AbortSignal): Promise<Execution> {
    if (signal.aborted || isOf(error, 'overtaken', 'closed')) return 'left';
    if (isOf(error, 'cancelled')) {
      const ended: Ended = { state: 'failed', error: failureOf(error) };
      await this.#store.flows.end(id, ended, undefined);
      return 'left';
    }
    if (isOf(error, 'order', 'version', 'different')) {
      this.#stopped.add(id);
      this.#logger.error({ flow: id, reason: String(error) }, 'the flow cannot go on');
      await this.#store.flows.stop(id, failureOf(error));
      return 'stopped';
    }
    this.#logger.warn({ flow: id, reason: String(error) }, 'the flow begins again');
    return 'again';
  }
}

function isOf(error: unknown, ...reasons: readonly TalosFlowError['reason'][]): boolean {
  return error instanceof TalosFlowError && reasons.includes(error.reason);
}

function overtaken(id: string): TalosFlowError {
  return new TalosFlowError('the flow is not run by this execution any longer', {
    id,
    reason: 'overtaken',
  });
}
