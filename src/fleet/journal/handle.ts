import { signal as signalKind } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { unlessAborted } from '../../runtime/unless-aborted.js';
import { errorOf } from '../engine/failure.js';
import { jsonOf } from '../engine/json-value.js';
import { checkName } from '../engine/names.js';
import type { Json } from '../json.js';
import type { FleetRun, ProgressRow, RunStatus } from '../runner.js';
import type { LiveRun } from './live-run.js';
import type { JournalRecord } from './records.js';
import type { RunState } from './run-state.js';

/** The runs of a runner, as a handle of one of them sees them. */
export interface Runs {
  /** The run that is worked on here, if it is. */
  live(id: string): LiveRun | undefined;
  /** What is known of a run. */
  stateOf(id: string): Promise<RunState>;
  statusOf(id: string): Promise<RunStatus>;
  /** Why a run is not worked on here, for an error about that. */
  whyLeft(state: RunState): TalosFlowError;
  /** Remembers a word from outside. */
  ask(id: string, record: JournalRecord & { readonly kind: 'asked' | 'sent' }): Promise<void>;
}

interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

const waitingShape: Shape<Waiting> = { signal: signalKind };

/** A run by its id, whether it is worked on or not. */
export class JournalRun<O extends Json> implements FleetRun<O> {
  readonly id: string;
  readonly #runs: Runs;

  constructor(id: string, runs: Runs) {
    this.id = id;
    this.#runs = runs;
  }

  status(): Promise<RunStatus> {
    return this.#runs.statusOf(this.id);
  }

  async result(options: Waiting = {}): Promise<O> {
    checkOptions(options, waitingShape, 'result');
    const { signal } = options;
    signal?.throwIfAborted();
    const live = this.#runs.live(this.id);
    if (live !== undefined) {
      await (signal === undefined ? live.settled : unlessAborted(signal, () => live.settled));
    }
    const state = live?.state ?? (await this.#runs.stateOf(this.id));
    const { ended, start } = state;
    if (ended === undefined) throw live?.stopped ?? this.#runs.whyLeft(state);
    if (ended.state === 'done') return ended.output as O;
    throw errorOf(ended.error, { flow: start.flow, id: start.id });
  }

  async rows(): Promise<readonly ProgressRow[]> {
    const state = await this.#runs.stateOf(this.id);
    return [...state.rows.values()];
  }

  async *progress(options: Waiting = {}): AsyncGenerator<ProgressRow, void, undefined> {
    checkOptions(options, waitingShape, 'progress');
    const live = this.#runs.live(this.id);
    if (live === undefined) yield* await this.rows();
    else yield* live.feed.read(live.state.rows.values(), options.signal);
  }

  pause(): Promise<void> {
    return this.#runs.ask(this.id, { kind: 'asked', word: 'pause' });
  }

  continue(): Promise<void> {
    return this.#runs.ask(this.id, { kind: 'asked', word: 'continue' });
  }

  cancel(): Promise<void> {
    return this.#runs.ask(this.id, { kind: 'asked', word: 'cancel' });
  }

  async send(name: string, value: Json): Promise<void> {
    checkName(name, 'send');
    return this.#runs.ask(this.id, { kind: 'sent', name, value: jsonOf(value, 'send', 'value') });
  }
}
