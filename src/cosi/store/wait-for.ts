import type { ReconnectParts } from '../../reconnect/index.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import { anything, record, signal, text } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import type { Clock } from '../../runtime/calls/clock.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosRpcError } from '../../runtime/errors/rpc-error.js';
import { route, type Target } from '../../runtime/target.js';
import { checkId, checkKind } from '../check-kind.js';
import type { Kind } from '../kind.js';
import type { Resource } from '../resource.js';
import { type WatchOptions, watchSetup, watchShape } from '../watch/watch-options.js';
import { Informer } from './informer.js';

/** Says whether a resource is as it is waited for. Gets nothing while there is none. */
export type ResourcePredicate<Spec> = (resource: Resource<Spec> | undefined) => boolean;

/** For how long is waited. */
export interface WaitOptions {
  /** Gives up, with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up with `deadline-exceeded` after so many milliseconds. Default: never. */
  readonly timeoutMs?: number | undefined;
}

export const waitShape: Shape<WaitOptions> = { signal, timeoutMs: anything };

/** Options of `waitFor` beside those of every wait. */
export interface WaitForOptions
  extends WaitOptions,
    Pick<WatchOptions, 'namespace' | 'reconnect'> {}

const waitForShape: Shape<WaitForOptions> = { ...waitShape, namespace: text, reconnect: record };

/**
 * Waits until a resource of a node is as `predicate` says, across lost connections and reboots, and
 * gives it. `predicate` sees states that the node has confirmed, and may miss some in between.
 *
 * @throws {TalosConfigError} when `target` is no named node
 * @throws {TalosRpcError} `deadline-exceeded` when `timeoutMs` have passed, and what no other
 * connection mends
 */
export async function waitForResource<Spec>(
  target: Target,
  kind: Kind<Spec>,
  id: string,
  predicate: ResourcePredicate<Spec>,
  options: WaitForOptions = {},
  parts?: ReconnectParts,
): Promise<Resource<Spec> | undefined> {
  checkOptions(options, waitForShape, 'waitFor');
  const { signal: own, timeoutMs, ...watched } = options;
  const wait = { signal: own, timeoutMs };
  checkKind(kind, 'waitFor');
  checkWait(checkId(kind, id, 'waitFor'), predicate, wait);
  const setup = watchSetup(
    target,
    kind,
    { ...watched, id },
    { what: 'waitFor', shape: watchShape, parts },
  );
  own?.throwIfAborted();
  const informer = new Informer(setup);
  try {
    return await waitIn(informer, id, predicate, waitOf(wait));
  } finally {
    informer.stop();
  }
}

/**
 * Refuses what cannot be waited for.
 *
 * @throws {TalosConfigError}
 */
export function checkWait(id: unknown, predicate: unknown, { timeoutMs }: WaitOptions): void {
  checkDuration(timeoutMs, 'timeoutMs');
  if (typeof id !== 'string') {
    throw new TalosConfigError('waitFor: id: expected the id of a resource', { field: 'id' });
  }
  if (typeof predicate !== 'function') {
    throw new TalosConfigError('waitFor: predicate: expected a function of a resource', {
      field: 'predicate',
    });
  }
}

/** When a wait is given up. */
export interface Patience {
  readonly signals: readonly AbortSignal[];
  readonly timeoutMs: number | undefined;
}

/** The patience that options ask for. */
export function waitOf({ signal: own, timeoutMs }: WaitOptions): Patience {
  return { signals: own === undefined ? [] : [own], timeoutMs };
}

/** Waits until `predicate` holds for a resource that an informer has, and is sure of. */
export function waitIn<Spec>(
  informer: Informer<Spec>,
  id: string,
  predicate: ResourcePredicate<Spec>,
  { signals: given, timeoutMs }: Patience,
): Promise<Resource<Spec> | undefined> {
  const { node, parts } = informer.setup;
  const signals = [...given, node[route]().signal].filter((one) => one !== undefined);
  return new Promise((resolve, reject) => {
    // What is over is refused before anything is begun that would have to be undone.
    for (const one of signals) one.throwIfAborted();
    if (informer.failure !== undefined) throw informer.failure.error;
    const undo: (() => void)[] = [];
    const settle = (run: () => void): void => {
      for (const step of undo.splice(0)) step();
      run();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const look = (): void => {
      if (informer.stale) return;
      const resource = informer.resources.get(id);
      try {
        if (predicate(resource)) settle(() => resolve(resource));
      } catch (error) {
        fail(error);
      }
    };
    undo.push(informer.listen({ changed: look, failed: fail }));
    for (const one of signals) undo.push(onAbort(one, fail));
    if (timeoutMs !== undefined) {
      undo.push(timer(parts.clock, timeoutMs, () => fail(tooLate(informer, id, timeoutMs))));
    }
    look();
  });
}

function timer(clock: Clock, ms: number, run: () => void): () => void {
  const started = clock.start(ms, run, undefined);
  return () => clock.stop(started);
}

function tooLate<Spec>(
  { setup, resources, stale }: Informer<Spec>,
  id: string,
  timeoutMs: number,
): TalosRpcError {
  const found = resources.get(id);
  const state =
    found === undefined ? 'there is none' : `it is at version ${found.metadata.version}`;
  const reach = stale ? ', and the node cannot be reached' : '';
  return new TalosRpcError(
    `${setup.kind.type} ${id} was not as it is waited for within ${timeoutMs} ms: ${state}${reach}`,
    {
      status: 'deadline-exceeded',
      outcome: 'answered',
      rpc: 'cosi.resource.State/Watch',
      node: setup.node.address,
    },
  );
}
