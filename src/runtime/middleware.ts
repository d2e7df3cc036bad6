import type { AttemptHook } from './calls/attempt-hook.js';
import { TalosConfigError } from './errors/config-error.js';
import type { TalosStream } from './stream.js';
import type { AnyCall, Transport, TransportCall } from './transport.js';
import { wrapTransport } from './wrap-transport.js';

/**
 * Adds behaviour to every call of a client: a function from transport to transport. Make one with
 * `middleware`, or with `wrapTransport` where it has to make calls of its own. Pass it to
 * `createTalosClient` in `use`.
 *
 * The client repeats failed calls below all middlewares. So a middleware sees a call once, however
 * many attempts it takes. What has to see every attempt is in `attempts`. Below that only the
 * credentials sign, so that what is added anywhere is signed as well.
 */
export interface Middleware {
  (inner: Transport): Transport;
  /** Sees every attempt of every call. The hooks of several middlewares run in their order. */
  readonly attempts?: AttemptHook | undefined;
}

/** How a call ended, for `CallWatch.ended`. */
export type CallEnd =
  | { readonly kind: 'ok' }
  /** `error` is what the caller gets. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The reader of a stream left it before its end. */
  | { readonly kind: 'left' };

/** What a middleware wants of one call. What it throws ends the call. */
export interface CallWatch {
  /** The call to make instead: a copy with changes. Default: the call as it came. */
  readonly call?: AnyCall | undefined;
  /** Is called with each reply, before the caller gets it. */
  reply?(reply: unknown): void;
  /** Is called once, when the call has ended. */
  ended?(end: CallEnd): void;
}

/** Starts to watch a call. What it throws ends the call, and nothing is sent. */
export type BeginCall = (
  call: AnyCall,
  /** What the call goes to. */
  inner: Transport,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is fine.
) => CallWatch | undefined | void | Promise<CallWatch | undefined | void>;

/**
 * A middleware for calls of every kind, unary and streams. `begin` runs when a call begins; for a
 * stream, that is when its first reply is asked for. The certificate, the endpoints and the siblings
 * of the client stay as they are.
 *
 * What happens below calls (repeats, connections, sick endpoints) is told by
 * `talos-client/diagnostics`; `inner.observed` is the client in its messages.
 *
 * @param below what it also wants of each attempt
 * @example
 * ```ts
 * const timing = middleware((call) => {
 *   const startedAt = performance.now();
 *   return {
 *     ended({ kind }) {
 *       console.log(call.method.path, call.node, kind, performance.now() - startedAt);
 *     },
 *   };
 * });
 * await using talos = createTalosClient({ endpoints, credentials, use: [timing] });
 * ```
 */
export function middleware(begin: BeginCall, below: Pick<Middleware, 'attempts'> = {}): Middleware {
  if (typeof begin !== 'function') {
    throw new TalosConfigError('middleware: begin: a function of a call is needed', {
      field: 'begin',
    });
  }
  const wrap = (transport: Transport) =>
    wrapTransport(transport, (inner) => {
      const start: Start = (call) => begin(call, inner);
      return {
        unary: (call, request) => watchReply(start, call, (own) => inner.unary(own, request)),
        clientStream: (call, requests) =>
          watchReply(start, call, (own) => inner.clientStream(own, requests)),
        stream: (call, requests) =>
          new WatchedStream(start, call, (own) => inner.stream(own, requests)),
      };
    });
  return Object.assign(wrap, { attempts: below.attempts });
}

/** `BeginCall` of one transport. */
type Start = (call: AnyCall) => ReturnType<BeginCall>;

async function watchReply<Call extends AnyCall, Reply>(
  begin: Start,
  call: Call,
  next: (call: Call) => Promise<Reply>,
): Promise<Reply> {
  const begun = begin(call);
  // Without waiting where there is nothing to wait for: calls leave in the order they are made in.
  const watch = begun instanceof Promise ? await begun : begun;
  if (!watch) return next(call);
  let reply: Reply;
  try {
    reply = await next((watch.call ?? call) as Call);
    watch.reply?.(reply);
  } catch (error) {
    watch.ended?.({ kind: 'failed', error });
    throw error;
  }
  watch.ended?.({ kind: 'ok' });
  return reply;
}

type StreamingCall<Request, Reply> = TransportCall<'server-stream' | 'duplex', Request, Reply>;

/** A stream that tells a watch of its replies and of its end. */
class WatchedStream<Request, Reply> implements TalosStream<Reply> {
  readonly #begin: Start;
  readonly #call: StreamingCall<Request, Reply>;
  readonly #next: (call: StreamingCall<Request, Reply>) => TalosStream<Reply>;
  #inner: TalosStream<Reply> | undefined;
  #starting: Promise<void> | undefined;
  #watch: CallWatch | undefined;
  #over = false;
  #taken = false;

  constructor(
    begin: Start,
    call: StreamingCall<Request, Reply>,
    next: (call: StreamingCall<Request, Reply>) => TalosStream<Reply>,
  ) {
    this.#begin = begin;
    this.#call = call;
    this.#next = next;
  }

  async next(): Promise<IteratorResult<Reply, undefined>> {
    try {
      // Without waiting where there is nothing to wait for: readers get replies in their order.
      const starting = this.#inner === undefined ? this.#start() : undefined;
      if (starting !== undefined) await starting;
      const result = await (this.#inner as TalosStream<Reply>).next();
      // The reader may have left while it waited.
      if (result.done === true) this.#end({ kind: 'ok' });
      else if (!this.#over) this.#watch?.reply?.(result.value);
      return result;
    } catch (error) {
      this.#end({ kind: 'failed', error });
      this.#inner?.cancel();
      throw error;
    }
  }

  #start(): Promise<void> | undefined {
    if (this.#starting !== undefined) return this.#starting;
    const begun = this.#begin(this.#call);
    if (!(begun instanceof Promise)) {
      this.#open(begun ?? undefined);
      return undefined;
    }
    this.#starting = begun.then((watch) => this.#open(watch ?? undefined));
    return this.#starting;
  }

  #open(watch: CallWatch | undefined): void {
    this.#watch = watch;
    const inner = this.#next((watch?.call ?? this.#call) as StreamingCall<Request, Reply>);
    if (this.#taken) inner[Symbol.asyncIterator]();
    this.#inner = inner;
    if (!this.#over) return;
    inner.cancel();
    watch?.ended?.({ kind: 'left' });
  }

  #end(end: CallEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch?.ended?.(end);
  }

  cancel(): void {
    this.#inner ??= this.#starting === undefined ? this.#next(this.#call) : undefined;
    this.#inner?.cancel();
    this.#end({ kind: 'left' });
  }

  async return(): Promise<IteratorResult<Reply, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    // The stream below refuses a second reading.
    this.#inner?.[Symbol.asyncIterator]();
    this.#taken = true;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}
