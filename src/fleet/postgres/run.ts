import { onAbort } from '../../runtime/abort-listeners.js';
import { signal as signalKind } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { errorOf } from '../engine/failure.js';
import { jsonOf } from '../engine/json-value.js';
import { checkName } from '../engine/names.js';
import { rowKey } from '../engine/row-key.js';
import type { Json } from '../json.js';
import type { FleetRun, ProgressRow, RunStatus } from '../runner.js';
import type { Store } from './store.js';
import { PROGRESS } from './wakeups.js';

interface WaitOptions {
  readonly signal?: AbortSignal;
}
const waitShape: Shape<WaitOptions> = { signal: signalKind };

/** A run, seen from any worker. */
export class PostgresRun<O extends Json> implements FleetRun<O> {
  readonly id: string;
  readonly #flow: string;
  readonly #store: Store;
  readonly #closed: AbortSignal;

  constructor(id: string, flow: string, store: Store, closed: AbortSignal) {
    this.id = id;
    this.#flow = flow;
    this.#store = store;
    this.#closed = closed;
  }

  async status(): Promise<RunStatus> {
    const [status] = await this.#store.flows.statuses(this.id);
    if (status !== undefined) return status;
    throw errorOf({ message: 'the run was deleted' }, { flow: this.#flow, id: this.id });
  }

  async result(options: WaitOptions = {}): Promise<O> {
    checkOptions(options, waitShape, 'result');
    return this.#whileOpen(options.signal, (signal) =>
      this.#store.wakeups.until(this.id, signal, async (isNews) => {
        if (!isNews) await this.#store.endStopped([this.id], signal);
        return this.#outcome();
      }),
    ).then(({ output }) => output as O);
  }

  rows(): Promise<readonly ProgressRow[]> {
    return this.#store.progress.rows(this.id);
  }

  async *progress(options: WaitOptions = {}): AsyncGenerator<ProgressRow> {
    checkOptions(options, waitShape, 'progress');
    const { progress, wakeups } = this.#store;
    const told = new Map<string, string>();
    let since: string | undefined;
    const look = async () => {
      const now = await progress.now();
      // Before the rows, so that the last ones are among them.
      const isOver = (await this.status()).endedAtMs !== undefined;
      const rows = since === undefined ? await this.rows() : await progress.changed(this.id, since);
      since = now;
      const news = rows.filter((row) => {
        const key = rowKey(row);
        const text = JSON.stringify(row);
        if (told.get(key) === text) return false;
        told.set(key, text);
        return true;
      });
      return isOver || news.length > 0 ? { isOver, news } : undefined;
    };
    for (;;) {
      const { isOver, news } = await this.#whileOpen(options.signal, (signal) =>
        wakeups.until(PROGRESS + this.id, signal, look),
      );
      yield* news;
      if (isOver) return;
    }
  }

  pause(): Promise<void> {
    return this.#store.flows.ask(this.id, { paused: true });
  }

  continue(): Promise<void> {
    return this.#store.flows.ask(this.id, { paused: false });
  }

  async cancel(): Promise<void> {
    await this.#store.flows.ask(this.id, { cancelled: true });
    await this.#store.flows.endLeft(this.id);
  }

  async send(name: string, value: Json): Promise<void> {
    const where = `${this.#flow} ${this.id}: send`;
    checkName(name, where);
    await this.#store.sent.send(this.id, name, jsonOf(value, where, 'value'));
  }

  /** What the run gave; nothing while it has not ended. */
  async #outcome(): Promise<{ readonly output: Json | undefined } | undefined> {
    const names = { flow: this.#flow, id: this.id };
    const ended = (await this.#store.flows.ended([this.id])).get(this.id);
    if (ended?.state === 'done') return { output: ended.output };
    if (ended !== undefined) throw errorOf(ended.error, names);
    const stopped = await this.#store.flows.stopped(this.id);
    if (stopped !== undefined) throw errorOf(stopped, names);
    return undefined;
  }

  /** Ends with the runner, or with `given`. */
  async #whileOpen<T>(
    given: AbortSignal | undefined,
    wait: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const ending = new AbortController();
    const signals = given === undefined ? [this.#closed] : [this.#closed, given];
    const undo = signals.map((signal) => {
      if (signal.aborted) ending.abort(signal.reason);
      return onAbort(signal, (reason) => ending.abort(reason));
    });
    try {
      return await wait(ending.signal);
    } finally {
      for (const each of undo) each();
    }
  }
}
