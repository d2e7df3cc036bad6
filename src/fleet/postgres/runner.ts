import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { checkRunId } from '../engine/names.js';
import { checkSame } from '../engine/same-run.js';
import { startOf } from '../engine/start.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { FleetRun, FleetRunner, RunStatus, StartOptions } from '../runner.js';
import { PostgresRun } from './run.js';
import type { Store } from './store.js';

/** What a runner is made of. */
export interface RunnerParts {
  readonly release: string;
  readonly store: Store;
  /** Looks for flows of workers that are gone. */
  readonly takeUp: () => Promise<void>;
  readonly close: (reason: TalosFlowError) => Promise<void>;
}

/** The runner of a worker, over any engine on PostgreSQL. */
export class PostgresRunner implements FleetRunner {
  readonly #parts: RunnerParts;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  async start<I extends Json, O extends Json>(
    flow: Flow<I, O>,
    input: I,
    options: StartOptions,
  ): Promise<FleetRun<O>> {
    this.#closed.signal.throwIfAborted();
    const { store, release } = this.#parts;
    const start = startOf(store.known, flow, input, options);
    const { id } = start;
    const wanted = { ...start, run: id, release, cluster: undefined };
    await store.flows.add([wanted]);
    const row = await store.flows.get(id);
    if (row !== undefined) checkSame(row, wanted);
    if (row?.isEnded === false) await store.engine.enqueue([row]);
    return this.#run<O>(id, start.flow);
  }

  async resume(): Promise<readonly FleetRun<Json>[]> {
    await this.#parts.takeUp();
    const open = (await this.list()).filter(({ endedAtMs }) => endedAtMs === undefined);
    return open.map(({ id, flow }) => this.#run<Json>(id, flow));
  }

  async get(id: string): Promise<FleetRun<Json> | undefined> {
    checkRunId(id, 'get');
    const row = await this.#parts.store.flows.get(id);
    return row === undefined ? undefined : this.#run<Json>(id, row.flow);
  }

  list(): Promise<readonly RunStatus[]> {
    return this.#parts.store.flows.statuses();
  }

  close(): Promise<void> {
    const reason = new TalosFlowError('the runner was closed', {
      reason: 'closed',
      hint: 'the run goes on with any worker of its release',
    });
    this.#closed.abort(reason);
    this.#closing ??= this.#parts.close(reason);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<O extends Json>(id: string, flow: string): FleetRun<O> {
    return new PostgresRun<O>(id, flow, this.#parts.store, this.#closed.signal);
  }
}
