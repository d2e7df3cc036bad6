import { anything, callback, number } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { breakers } from '../runtime/diagnostics/channels.js';
import type { BreakerMessage, BreakerState } from '../runtime/diagnostics/messages.js';
import { observedOf } from '../runtime/diagnostics/observed.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import { rpcName } from '../runtime/method.js';
import { type Middleware, middleware } from '../runtime/middleware.js';
import type { ObservedClient } from '../runtime/observed-client.js';
import type { AnyCall } from '../runtime/transport.js';
import { NodeBreaker, type Refusal } from './node-breaker.js';

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** After how many failures in a row it opens. Default: 5. */
  readonly failures?: number | undefined;
  /** Milliseconds for which it is open at first; each further time is twice as long. Default: 5000. */
  readonly firstMs?: number | undefined;
  /** Milliseconds at most. Default: 60000. */
  readonly maxMs?: number | undefined;
  /** As `performance.now`, for tests. */
  readonly now?: (() => number) | undefined;
  /** As `Math.random`, for tests. */
  readonly random?: (() => number) | undefined;
}

const breakerShape: Shape<BreakerOptions> = {
  failures: number,
  firstMs: anything,
  maxMs: anything,
  now: callback,
  random: callback,
};

/** A breaker, as a middleware for `use`, with a look at its states. */
export interface Breaker extends Middleware {
  /** The state of the breaker of a node, by its address. */
  state(node: string): BreakerState;
}

/**
 * A circuit breaker for each node. After some failures in a row, calls to the node are refused at
 * once with its last failure, so that a program that polls hundreds of nodes does not wait for those
 * that are down. After a while one call that reads is let through; if it is answered, all calls are.
 *
 * Failures are those that say that the node is not there: `unavailable` and `deadline-exceeded`. A
 * call that reached no endpoint does not count, nor one that its caller ended. A refused call is a
 * `TalosRpcError` with status `unavailable` and outcome `not-sent`, and the last failure as its
 * `cause`. Calls without a node pass. Each change is told by `talos-client/diagnostics` (`breaker`).
 *
 * @example
 * ```ts
 * await using talos = createTalosClient({ ...(await loadTalosconfig()), use: [breaker()] });
 * using _ = subscribe({ breaker: ({ node, state }) => console.warn(node, state) });
 * ```
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function breaker(options: BreakerOptions = {}): Breaker {
  checkOptions(options, breakerShape, 'breaker');
  const {
    failures = 5,
    firstMs = 5000,
    maxMs = 60_000,
    now = () => performance.now(),
    random = Math.random,
  } = options;
  check(failures, 'failures', Number.isInteger(failures) && failures >= 1, 'a whole number from 1');
  check(firstMs, 'firstMs', firstMs > 0, 'a number of milliseconds above 0');
  check(maxMs, 'maxMs', maxMs >= firstMs, 'at least firstMs');
  const nodes = new Map<string, NodeBreaker>();
  const settings = { failures, firstMs, maxMs, now, random };

  const breakerOf = (node: string, client: ObservedClient): NodeBreaker => {
    const known = nodes.get(node);
    if (known !== undefined) return known;
    const made = new NodeBreaker(settings, (state, error, forMs) => {
      if (!breakers.hasSubscribers) return;
      breakers.publish({ client, node, state, forMs, error } satisfies BreakerMessage);
    });
    nodes.set(node, made);
    return made;
  };

  const wrap = middleware((call, inner) => {
    const { node } = call;
    if (node === undefined) return undefined;
    const admitted = nodes.get(node)?.admit(call.method.idempotency === 'read');
    if (typeof admitted === 'object') throw refusal(call, node, admitted);
    let told = false;
    const worked = (): void => {
      if (told) return;
      told = true;
      nodes.get(node)?.worked();
      nodes.delete(node);
    };
    return {
      // A stream may last for weeks.
      reply: worked,
      ended(end) {
        if (told) return;
        if (end.kind === 'ok') worked();
        else if (end.kind === 'failed' && isOfNode(end.error)) {
          told = true;
          breakerOf(node, observedOf(inner)).failed(end.error);
        } else if (end.kind === 'failed' && answered(end.error)) worked();
        else if (admitted === 'tries') nodes.get(node)?.unsettled();
      },
    };
  });
  const state = (node: string): BreakerState => nodes.get(node)?.state ?? 'closed';
  return Object.assign(wrap, { state });
}

/** Whether `error` says that the node is not there. */
function isOfNode(error: unknown): error is TalosRpcError {
  return (
    error instanceof TalosRpcError &&
    error.outcome !== 'not-sent' &&
    (error.status === 'unavailable' || error.status === 'deadline-exceeded')
  );
}

/** Whether the node answered, if only to refuse. */
function answered(error: unknown): boolean {
  return error instanceof TalosRpcError && error.outcome === 'answered';
}

function refusal(call: AnyCall, node: string, { cause, leftMs }: Refusal): TalosRpcError {
  const when =
    leftMs > 0
      ? `for ${Math.ceil(leftMs)} ms more`
      : 'until a call that reads finds that the node answers';
  return new TalosRpcError(
    `calls to the node are refused ${when}, after: ${cause.reason}`,
    { status: 'unavailable', outcome: 'not-sent', rpc: rpcName(call.method), node, attempts: 0 },
    { cause },
  );
}

function check(value: unknown, field: string, fits: boolean, expected: string): void {
  if (fits) return;
  throw new TalosConfigError(`breaker: ${field} must be ${expected}, not ${value}`, { field });
}
