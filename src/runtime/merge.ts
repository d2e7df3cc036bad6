import { setMaxListeners } from 'node:events';
import { onAbort } from './abort-listeners.js';
import { callback, signal } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import { TalosConfigError } from './errors/config-error.js';
import type { TalosStream } from './stream.js';
import type { TalosNode } from './target.js';

/** An item of a merged stream, with the node it came from. */
export interface NodeItem<T> {
  /** The address of the node. */
  readonly node: string;
  readonly value: T;
}

/** Options of `NodeSet.merge`: when it stops, and what happens when a node fails. */
export interface MergeOptions {
  /** Ends all streams; the merged stream rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the stream of a node failed; the other streams go on. Without it, the first failure
   * ends the merged stream with its error. An error that `onError` throws ends the merged stream
   * too.
   */
  readonly onError?: ((node: string, error: unknown) => void) | undefined;
}

const mergeShape: Shape<MergeOptions> = { signal, onError: callback };

/** Joins the streams that `run` returns for each node. */
export function mergeStreams<T>(
  nodes: readonly TalosNode[],
  run: (node: TalosNode, signal: AbortSignal) => AsyncIterable<T>,
  options: MergeOptions = {},
): TalosStream<NodeItem<T>> {
  checkOptions(options, mergeShape, 'merge');
  return new MergedStream(nodes, run, options);
}

type Settled<T> =
  | { readonly source: Source<T>; readonly result: IteratorResult<T> }
  | { readonly source: Source<T>; readonly error: unknown };

interface Source<T> {
  readonly node: string;
  readonly iterator: AsyncIterator<T>;
}

/**
 * Asks each source for one item at a time, and for the next one only after that item was taken. So
 * a slow reader holds every node back, and no node can crowd out the others.
 */
class MergedStream<T> implements TalosStream<NodeItem<T>> {
  readonly #nodes: readonly TalosNode[];
  readonly #run: (node: TalosNode, signal: AbortSignal) => AsyncIterable<T>;
  readonly #options: MergeOptions;
  readonly #controller = sharedController();
  readonly #settled: Settled<T>[] = [];
  #sources: Set<Source<T>> | undefined;
  #stopListening: (() => void) | undefined;
  #waiting: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #done = false;
  #reading = false;

  constructor(
    nodes: readonly TalosNode[],
    run: (node: TalosNode, signal: AbortSignal) => AsyncIterable<T>,
    options: MergeOptions,
  ) {
    this.#nodes = nodes;
    this.#run = run;
    this.#options = options;
  }

  [Symbol.asyncIterator](): TalosStream<NodeItem<T>> {
    if (this.#reading) {
      throw new TalosConfigError(
        'a merged stream is read once, and this one is being read already: call merge again',
      );
    }
    this.#reading = true;
    return this;
  }

  async next(): Promise<IteratorResult<NodeItem<T>, undefined>> {
    this.#start();
    for (;;) {
      if (this.#failure !== undefined) {
        const { error } = this.#failure;
        this.#failure = undefined;
        throw error;
      }
      if (this.#done) return { done: true, value: undefined };
      const settled = this.#settled.shift();
      if (settled === undefined) {
        if (this.#sources?.size === 0) {
          this.#finish();
          continue;
        }
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
        });
        continue;
      }
      const { source } = settled;
      if ('error' in settled) this.#fail(source, settled.error);
      else if (settled.result.done === true) this.#sources?.delete(source);
      else {
        this.#ask(source);
        return { done: false, value: { node: source.node, value: settled.result.value } };
      }
    }
  }

  async return(): Promise<IteratorResult<NodeItem<T>, undefined>> {
    this.#finish();
    return { done: true, value: undefined };
  }

  cancel(): void {
    this.#finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
  }

  #start(): void {
    if (this.#sources !== undefined || this.#done) return;
    this.#sources = new Set();
    const { signal } = this.#options;
    if (signal?.aborted) {
      this.#end(signal.reason);
      return;
    }
    if (signal !== undefined) {
      this.#stopListening = onAbort(signal, (reason) => this.#end(reason));
    }
    for (const node of this.#nodes) {
      if (this.#done) return; // the one before failed at once
      try {
        const iterable = this.#run(node, this.#controller.signal);
        const source = { node: node.address, iterator: iterable[Symbol.asyncIterator]() };
        this.#sources.add(source);
        this.#ask(source);
      } catch (error) {
        this.#report(node.address, error);
      }
    }
  }

  #ask(source: Source<T>): void {
    const settle = (settled: Settled<T>): void => {
      this.#settled.push(settled);
      this.#rouse();
    };
    source.iterator.next().then(
      (result) => settle({ source, result }),
      (error: unknown) => settle({ source, error }),
    );
  }

  #fail(source: Source<T>, error: unknown): void {
    this.#sources?.delete(source);
    this.#report(source.node, error);
  }

  #report(node: string, error: unknown): void {
    const { onError } = this.#options;
    if (onError === undefined) {
      this.#end(error);
      return;
    }
    try {
      onError(node, error);
    } catch (thrown) {
      this.#end(thrown); // a loop does not leave a stream whose next() rejects
    }
  }

  /** Ends the merged stream with `error`, unless it has ended. */
  #end(error: unknown): void {
    if (this.#done) return;
    this.#failure = { error };
    this.#finish();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#stopListening?.();
    this.#controller.abort(this.#failure?.error);
    this.#settled.length = 0;
    for (const { iterator } of this.#sources ?? []) {
      // A stream that fails while it is left has nobody to tell.
      iterator.return?.().catch(() => {});
    }
    this.#sources?.clear();
    this.#rouse();
  }

  #rouse(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/**
 * A controller whose signal the code for all nodes may listen to; Node warns above ten listeners.
 */
function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
