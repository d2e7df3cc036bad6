import { isDeepStrictEqual } from 'node:util';
import { anything } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { quoted } from '../../runtime/errors/quoted.js';
import { jsonOf } from '../engine/json-value.js';
import { checkRunId } from '../engine/names.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { FleetRun, FleetRunner, RunStatus, StartOptions } from '../runner.js';
import type { FlowRow } from './flows.js';
import { PostgresRun } from './run.js';
import type { Store } from './store.js';

const startShape: Shape<StartOptions> = { id: anything };

/** What a runner is made of. */
export interface RunnerParts {
  /** The name of the function that made it, for errors. */
  readonly name: string;
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
    const where = `${this.#parts.name}: start`;
    checkOptions(options, startShape, where, "{ id: 'talos-1.14.1' }");
    const { id } = options;
    checkRunId(id, where);
    this.#checkFlow(flow, where);
    this.#closed.signal.throwIfAborted();
    const { store, release } = this.#parts;
    const { name, version } = flow;
    const json = jsonOf(input, where, 'input');
    const wanted = { id, run: id, flow: name, version, release, cluster: undefined, input: json };
    await store.flows.add([wanted]);
    const row = await store.flows.get(id);
    if (row !== undefined) checkSame(row, wanted);
    if (row?.isEnded === false) await store.engine.enqueue([row]);
    return this.#run<O>(id, name);
  }

  async resume(): Promise<readonly FleetRun<Json>[]> {
    await this.#parts.takeUp();
    const open = (await this.list()).filter(({ endedAtMs }) => endedAtMs === undefined);
    return open.map(({ id, flow }) => this.#run<Json>(id, flow));
  }

  async get(id: string): Promise<FleetRun<Json> | undefined> {
    checkRunId(id, `${this.#parts.name}: get`);
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

  #checkFlow(flow: Flow<never, Json>, where: string): void {
    const known = this.#parts.store.known.get(flow?.name);
    if (known !== undefined && known.version === flow.version) return;
    const names = [...this.#parts.store.known.values()].map(
      ({ name, version }) => `${name}@${version}`,
    );
    throw new TalosConfigError(
      `${where}: flow: ${quoted(`${flow?.name}@${flow?.version}`)} is not one of the runner's flows: ${names.join(', ')}`,
      { field: 'flow' },
    );
  }
}

/**
 * @throws {TalosFlowError} when a run of this id is another one
 */
function checkSame(row: FlowRow, wanted: FlowRow | Omit<FlowRow, 'isEnded'>): void {
  const { id, flow } = wanted;
  if (row.flow !== flow) {
    throw new TalosFlowError(`the id is that of a run of ${row.flow}`, {
      flow,
      id,
      reason: 'different',
      hint: 'give each run an id of its own',
    });
  }
  if (row.version !== wanted.version) {
    throw new TalosFlowError(
      `the run was begun by version ${row.version} of the flow, and this is version ${wanted.version}`,
      {
        flow,
        id,
        reason: 'version',
        hint: `start a worker with version ${row.version} to end it, or begin a run of another id`,
      },
    );
  }
  if (isDeepStrictEqual(row.input, wanted.input)) return;
  throw new TalosFlowError('the run was begun with another input', {
    flow,
    id,
    reason: 'different',
    hint: 'give each run an id of its own',
  });
}
