import { setMaxListeners } from 'node:events';
import { onAbort } from './abort-listeners.js';
import { anything, signal } from './arguments/kinds.js';
import { checkCallback, checkOptions, type Shape } from './arguments/options.js';
import { TalosConfigError } from './errors/config-error.js';
import { type NodeFailure, TalosFanOutError } from './errors/fan-out-error.js';
import { type MergeOptions, mergeStreams, type NodeItem } from './merge.js';
import { NodeTarget } from './node-target.js';
import type { TalosStream } from './stream.js';
import { route, type TalosNode } from './target.js';

/** The result of one node: a value, or the error that it failed with. `node` is its address. */
export type NodeResult<T> =
  | { readonly node: string; readonly ok: true; readonly value: T }
  | { readonly node: string; readonly ok: false; readonly error: unknown };

/** Options of `NodeSet.each`. */
export interface FanOutOptions {
  /** Ends the open calls; `each` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How many nodes are asked at the same time. Default: all. */
  readonly concurrency?: number | undefined;
}

const fanOutShape: Shape<FanOutOptions> = { signal, concurrency: anything };

/**
 * Several nodes. It is not a target: code for many nodes is written for one, and passed to `each`
 * or `merge`. It is iterable: use a `for` loop for steps that must run one after the other.
 */
export interface NodeSet extends Iterable<TalosNode> {
  readonly addresses: readonly string[];
  /**
   * Runs `run` once per node and resolves with a result for each, in the order of the addresses.
   *
   * It never rejects because a node failed: that is a result with `ok: false`. Calls through the
   * node that `run` gets end when the `signal` of the options is aborted. `run` gets a signal as
   * its second argument, for everything else that it does.
   *
   * @example
   * ```ts
   * const results = await talos.nodes().each((node) => etcd(node).status());
   * const down = results.filter((result) => !result.ok);
   * ```
   */
  each<T>(
    run: (node: TalosNode, signal: AbortSignal) => Promise<T>,
    options?: FanOutOptions,
  ): Promise<readonly NodeResult<T>[]>;
  /**
   * Joins the streams of all nodes into one; each item comes with its node. Leaving the loop
   * cancels all streams. A slow reader holds every node back.
   *
   * @example
   * ```ts
   * const follow = talos.nodes().merge((node) => lines(logs(node).dmesg({ follow: true })));
   * for await (const { node, value } of follow) console.log(`${node}: ${value}`);
   * ```
   */
  merge<T>(
    run: (node: TalosNode, signal: AbortSignal) => AsyncIterable<T>,
    options?: MergeOptions,
  ): TalosStream<NodeItem<T>>;
}

/** The set of `nodes`, which names each node once. */
export function createNodeSet(nodes: readonly TalosNode[]): NodeSet {
  return {
    addresses: nodes.map(({ address }) => address),
    [Symbol.iterator]: () => nodes[Symbol.iterator](),
    each: (run, options) => runEach(nodes, run, options),
    merge: (run, options) => {
      checkCallback(run, 'merge');
      return mergeStreams(nodes, (node, signal) => run(withSignal(node, signal), signal), options);
    },
  };
}

/** The same node, with calls that end when `signal` aborts. */
function withSignal(node: TalosNode, signal: AbortSignal): TalosNode {
  return new NodeTarget(node.address, { ...node[route](), signal });
}

async function runEach<T>(
  nodes: readonly TalosNode[],
  run: (node: TalosNode, signal: AbortSignal) => Promise<T>,
  options: FanOutOptions = {},
): Promise<readonly NodeResult<T>[]> {
  checkCallback(run, 'each');
  checkOptions(options, fanOutShape, 'each');
  const { signal, concurrency = nodes.length } = options;
  if (typeof concurrency !== 'number' || !(concurrency >= 1)) {
    throw new TalosConfigError(`concurrency must be at least 1, not ${concurrency}`, {
      field: 'concurrency',
    });
  }
  signal?.throwIfAborted();
  const controller = new AbortController();
  // What runs on the nodes may listen to it, each with listeners of its own; Node warns above ten.
  setMaxListeners(0, controller.signal);
  const results: NodeResult<T>[] = [];
  let next = 0;

  async function work(): Promise<void> {
    while (next < nodes.length && !controller.signal.aborted) {
      const index = next;
      next += 1;
      const node = nodes[index] as TalosNode;
      results[index] = await outcome(node, run, controller.signal);
    }
  }

  const workers = Promise.all(Array.from({ length: Math.min(concurrency, nodes.length) }, work));
  if (signal === undefined) {
    await workers;
    return results;
  }
  let stopListening = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stopListening = onAbort(signal, (reason) => {
      controller.abort(reason);
      reject(reason);
    });
  });
  try {
    await Promise.race([workers, aborted]);
    return results;
  } finally {
    stopListening();
  }
}

async function outcome<T>(
  node: TalosNode,
  run: (node: TalosNode, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<NodeResult<T>> {
  try {
    return { node: node.address, ok: true, value: await run(withSignal(node, signal), signal) };
  } catch (error) {
    return { node: node.address, ok: false, error };
  }
}

/**
 * The values of `results` by node, when every node succeeded.
 *
 * @throws {TalosFanOutError} when a node failed; it names each failed node with its error.
 */
export function unwrapAll<T>(results: readonly NodeResult<T>[]): Map<string, T> {
  const values = new Map<string, T>();
  const failures: NodeFailure[] = [];
  for (const result of results) {
    if (result.ok) values.set(result.node, result.value);
    else failures.push({ node: result.node, error: result.error });
  }
  if (failures.length > 0) throw new TalosFanOutError(failures, results.length);
  return values;
}
