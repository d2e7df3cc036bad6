import { type AbortListener, addAbortListener, removeAbortListener } from '../abort-listeners.js';
import { callerContext, type InContext } from '../caller-context.js';
import {
  type CarrierStream,
  type Connection,
  type ReceivedFields,
  resetCodes,
  type StreamEnd,
  type StreamSink,
} from '../carriers/carrier.js';
import type { CallTrace } from '../diagnostics/call-trace.js';
import { TalosClosedError } from '../errors/closed-error.js';
import { laterOutcome, type Outcome } from '../errors/outcome.js';
import { isTransient, TalosRpcError } from '../errors/rpc-error.js';
import { statusCode } from '../errors/status.js';
import { checkMetadata, type MetadataInit, type ReceivedMetadata } from '../metadata.js';
import { defaultRetry } from '../retry-options.js';
import type { AnyCall } from '../transport.js';
import type { Attempt } from './attempt-hook.js';
import type { CallServices } from './call-services.js';
import { Deadline, type DeadlineOwner } from './deadline.js';
import type { Waiter } from './endpoint-pool.js';
import type { EndpointSlot } from './endpoint-slot.js';
import type { FailedCall } from './failed-call.js';
import { endError, endFacts, type GivenUp, silentError } from './failures.js';
import type { Open } from './open-calls.js';
import { type AttemptFailure, mayRunTwice } from './repeat.js';
import { type Next, Repeats } from './repeats.js';

/** Why a call failed: an error of this library, or what the caller's code threw or aborted with. */
export interface Failure {
  readonly error: unknown;
}

/**
 * One call from its start to its single end, over any carrier. It waits for a connection, and is
 * made again when that is safe. It ends with what comes first: the peer's trailers, its deadline,
 * one of its signals, or the closing of the client. The subclasses send requests and handle replies.
 */
export abstract class OpenCall implements Waiter, StreamSink, AbortListener, DeadlineOwner, Open {
  place = -1;
  readonly call: AnyCall;
  protected readonly services: CallServices;
  /** The stream of the current attempt. */
  protected stream: CarrierStream | undefined;
  /** The connection of the current attempt. */
  protected connection: Connection | undefined;
  /** Whether it has ended. Nobody reads what comes later. */
  protected ended = false;
  /** What watches the call, if anybody does. */
  protected trace: CallTrace | undefined;
  #deadline: Deadline | undefined;
  #metadata: MetadataInit | undefined;
  #headers: ReceivedFields | undefined;
  /** Set where code of the caller has to be called. */
  #inContext: InContext | undefined;
  #attempts = 0;
  #attempt: Attempt | undefined;
  /** How many bytes had come on the connection when the attempt was made. */
  #bytesBefore = 0;
  /** What there is of a call that failed and is made again. */
  #repeats: Repeats | undefined;
  /** Ends a wait between two attempts. */
  #wait: unknown;
  /** The error of the last attempt, and what was known after it. */
  #failure: Failure | undefined;
  #earlier: Outcome | undefined;

  constructor(services: CallServices, call: AnyCall) {
    this.services = services;
    this.call = call;
  }

  /** Sends the requests, or starts to. */
  protected abstract send(stream: CarrierStream): void;
  /** Whether what was sent, if anything was, can be sent again. */
  protected abstract replayable(): boolean;
  /** The peer ended the call with status OK; `cutShort` if its data ended within a message. */
  protected abstract completed(cutShort: boolean): void;
  /**
   * The call has ended, with or without a failure. Called once. Returns the failure that its caller
   * gets.
   */
  protected abstract finished(failure: Failure | undefined): Failure | undefined;
  abstract onMessage(message: Uint8Array): void;

  /** Whether it is a stream that goes on until its reader leaves it. */
  get follows(): boolean {
    return false;
  }

  /** Starts the call. */
  begin(): void {
    this.trace = this.services.trace.call(this);
    if (this.trace === undefined) this.#begin();
    else this.trace.run(() => this.#begin());
  }

  #begin(): void {
    const { services, call } = this;
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      this.settle(obstacle);
      return;
    }
    services.open.add(this);
    const { onHeaders, onTrailers } = call;
    if (onHeaders !== undefined || onTrailers !== undefined) this.#inContext = callerContext();
    for (const signal of call.signals) addAbortListener(signal, this);
    this.#deadline = new Deadline(services.clock, call.timeoutMs, this.#mayMove(), this);
    this.#connect();
  }

  /** Why the call must not even start, if so. */
  #obstacle(): Failure | undefined {
    if (this.services.closed) return { error: new TalosClosedError() };
    for (const { aborted, reason } of this.call.signals) if (aborted) return { error: reason };
    try {
      this.#metadata = this.services.metadata(this.call.metadata);
    } catch (error) {
      return { error };
    }
    const error = this.services.certificateProblem();
    return error && { error };
  }

  /**
   * Whether silence makes it go to another endpoint. Streams may well be silent, and an RPC with a
   * deadline of its own may take long.
   */
  #mayMove(): boolean {
    const { method, retry } = this.call;
    return (
      method.kind === 'unary' &&
      retry !== false &&
      method.timeoutMs === undefined &&
      this.services.pool.slots.length > 1 &&
      mayRunTwice(this.call)
    );
  }

  /** Ends the call from this side, with an error. */
  stop(error: unknown): void {
    this.cancel({ error });
  }

  /** Ends the call from this side. */
  protected cancel(failure?: Failure): void {
    const { stream } = this;
    if (this.ended) return;
    this.settle(failure, true);
    stream?.reset();
    this.#attemptEnded(undefined);
  }

  /** Ends the call from this side with an error, at once: replies that came before are dropped. */
  abandon(error: unknown): void {
    this.stop(error);
  }

  /** @param left whether the reader left a stream, which is no failure */
  protected settle(failure?: Failure, left = false): void {
    if (this.ended) return;
    this.ended = true;
    this.#deadline?.stop();
    this.services.clock.stop(this.#wait);
    for (const signal of this.call.signals) removeAbortListener(signal, this);
    this.services.open.delete(this);
    if (this.stream === undefined) this.services.pool.leave(this);
    const seen = this.finished(failure);
    this.trace?.ended(seen, left);
  }

  /** A signal of the call fired. */
  aborted({ reason }: AbortSignal): void {
    this.abandon(reason);
  }

  /** The deadline passed. */
  expire(): void {
    this.stop(this.#expired());
  }

  #expired(): unknown {
    this.#doubt();
    return this.services.expired(this.givenUp);
  }

  /**
   * A node that lost its power, or its network, leaves a connection that swallows every call. The
   * next one should not wait for its deadline too.
   */
  #doubt(): void {
    const { connection } = this;
    if (connection?.bytesRead !== this.#bytesBefore || this.stream === undefined) return;
    this.stream.doubt();
    this.services.pool.suspect(connection);
  }

  /** The call, if this side gives it up now. */
  protected get givenUp(): GivenUp {
    return {
      call: this.call,
      endpoint: this.connection?.endpoint.address,
      outcome: this.#outcome,
      attempts: this.#attempts,
      earlier: this.#failure?.error,
    };
  }

  /** What is known of the call while no answer has come. */
  get #outcome(): Outcome {
    return laterOutcome(this.#earlier, this.stream?.sent ? 'unknown' : 'not-sent');
  }

  /** Counts a message of an iterable for those who watch. */
  protected sending(message: Uint8Array): Uint8Array {
    this.trace?.wrote(message.length);
    return message;
  }

  /** The attempt has heard nothing, and another endpoint may answer in the time that is left. */
  shareOver(): void {
    const { connection, stream } = this;
    if (stream === undefined || connection === undefined || this.#headers !== undefined) return;
    const { pool } = this.services;
    if (!pool.hasOther(new Set([...(this.#repeats?.tried ?? []), connection.endpoint]))) return;
    const failure: AttemptFailure = {
      end: 'silent',
      status: 'deadline-exceeded',
      outcome: this.#outcome,
      cause: undefined,
    };
    const next = this.#next(failure);
    if (typeof next === 'string') return;
    this.#doubt();
    const { givenUp } = this;
    stream.reset();
    this.#attemptEnded(undefined);
    if (this.ended) return;
    this.#again(failure, silentError(givenUp), next.waitMs);
  }

  #connect(): void {
    const { pool, clock } = this.services;
    const tried = this.#repeats?.tried;
    const ready = pool.ready(tried);
    if (ready !== undefined) {
      this.connected(ready);
      return;
    }
    pool.wait(this, tried);
    // A call that failed before waits no longer than it would be made again.
    if (this.#repeats === undefined || this.connection !== undefined || this.ended) return;
    if (this.#wait !== undefined) return;
    this.#wait = clock.start(this.#repeats.until - clock.now(), waitedEnough, this as OpenCall);
  }

  /** @internal The wait between two attempts is over. */
  wake(): void {
    this.#wait = undefined;
    this.#connect();
  }

  /** @internal No connection came in the time in which the call may be made again. */
  waitedEnough(): void {
    this.settle(this.#failure);
  }

  connected(connection: Connection): void {
    const { hook, clock } = this.services;
    clock.stop(this.#wait);
    this.#wait = undefined;
    this.connection = connection;
    this.#attempts += 1;
    if (hook === undefined) {
      this.#open(connection, undefined);
      return;
    }
    const attempt: Attempt = {
      call: this.call,
      endpoint: connection.endpoint.address,
      number: this.#attempts,
      metadata: this.#metadata as MetadataInit,
    };
    void this.#openHooked(connection, attempt);
  }

  async #openHooked(connection: Connection, attempt: Attempt): Promise<void> {
    try {
      const more = await this.services.hook?.begin?.(attempt);
      if (this.ended) return;
      this.#attempt = attempt;
      this.#open(connection, more && checkMetadata(more, 'metadata of the attempt hook'));
    } catch (error) {
      this.stop(error);
    }
  }

  #open(connection: Connection, more: MetadataInit | undefined): void {
    const { path, kind } = this.call.method;
    this.#bytesBefore = connection.bytesRead;
    this.#deadline?.attempt();
    this.trace?.attempted(connection.endpoint.address);
    const earlier = this.#attempts - 1;
    const own = this.trace === undefined ? more : this.trace.metadata(more);
    try {
      this.stream = connection.open(
        {
          path,
          metadata: this.#metadata as MetadataInit,
          more: earlier === 0 ? own : { ...own, 'grpc-previous-rpc-attempts': `${earlier}` },
          timeoutMs: this.#deadline?.leftMs,
          uploads: kind === 'client-stream' || kind === 'duplex',
          streams: kind === 'server-stream' || kind === 'duplex',
        },
        this,
      );
      this.send(this.stream);
    } catch (error) {
      this.stop(error);
    }
  }

  unreachable(slots: readonly EndpointSlot[]): void {
    const error = this.services.unreachable(this.call, slots);
    if (error instanceof TalosRpcError) {
      const { status, cause } = error;
      const outcome = laterOutcome(this.#earlier, 'not-sent');
      const failure: AttemptFailure = { end: 'unreachable', status, outcome, cause };
      const next = this.#next(failure);
      if (typeof next === 'object') {
        this.#again(failure, this.#attempts === 0 ? error : this.#failure?.error, next.waitMs);
        return;
      }
    }
    this.settle(this.#attempts === 0 ? { error } : this.#failure);
  }

  onHeaders(headers: ReceivedFields): void {
    if (this.ended) return;
    this.#headers = headers;
    const { onHeaders } = this.call;
    if (onHeaders !== undefined) this.#tell(onHeaders, headers);
  }

  onEnd(end: StreamEnd): void {
    if (this.ended) return;
    this.#attemptEnded(end);
    if (this.ended) return;
    if (end.kind === 'trailers') this.trace?.quotesPeer();
    if (end.kind === 'trailers' && end.status === 0) {
      this.worked();
      if (this.#tellTrailers(end)) this.completed(end.cutShort);
    } else if (this.#isLate(end)) {
      if (this.#tellTrailers(end)) this.settle({ error: this.#expired() });
    } else {
      this.#failed(end);
    }
  }

  /** The node answers. Called once per call, when the first sign of it comes. */
  protected worked(): void {
    this.services.budget.succeeded(this.call.node, this.#repeats?.taken ?? 0);
  }

  /** The node has the same deadline; its end may be read before the timer here gets its turn. */
  #isLate(end: StreamEnd): boolean {
    const cancelled =
      end.kind === 'trailers'
        ? end.status === statusCode('cancelled')
        : end.kind === 'reset' && end.code === resetCodes.cancel;
    return cancelled && (this.#deadline?.leftMs ?? 1) <= 0;
  }

  #failed(end: StreamEnd): void {
    const { services, connection } = this;
    const failed: FailedCall = {
      call: this.call,
      endpoint: connection?.endpoint.address,
      certificate: services.certificate,
      headers: this.#headers,
      sent: this.stream?.sent ?? false,
      earlier: this.#earlier,
      attempts: this.#attempts,
    };
    const facts = endFacts(end, failed);
    const next = this.#next(facts);
    const error = endError(facts, failed, next === 'budget-spent');
    if (typeof next === 'object') {
      // A call may hear that its connection broke before the connection itself does.
      if (end.kind === 'lost' || end.kind === 'unsent') connection?.retire();
      this.#again(facts, error, next.waitMs);
      return;
    }
    if (facts.outcome === 'answered' && !isTransient(facts.status, undefined)) this.worked();
    if (this.#tellTrailers(end)) this.settle({ error });
  }

  /** What follows on an attempt that failed. */
  #next(failure: AttemptFailure): Next {
    const { retry = defaultRetry } = this.call;
    if (retry === false || !this.replayable()) return 'stop';
    const deadline = this.#deadline?.at ?? Infinity;
    this.#repeats ??= new Repeats(this.call, this.services, retry, deadline);
    const { endpoint } = this.connection ?? {};
    return this.#repeats.next(failure, endpoint);
  }

  #again({ outcome }: AttemptFailure, error: unknown, waitMs: number): void {
    const { clock } = this.services;
    this.#failure = { error };
    this.#earlier = outcome;
    this.stream = undefined;
    this.connection = undefined;
    this.#headers = undefined;
    clock.stop(this.#wait);
    this.#wait = undefined;
    this.trace?.retried(error, waitMs);
    if (waitMs === 0) this.#connect();
    else this.#wait = clock.start(waitMs, wake, this as OpenCall);
  }

  /** Tells the hook. An error of it ends the call. */
  #attemptEnded(end: StreamEnd | undefined): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt === undefined) return;
    try {
      this.services.hook?.ended?.(attempt, end);
    } catch (error) {
      this.stop(error);
    }
  }

  #tellTrailers(end: StreamEnd): boolean {
    const { onTrailers } = this.call;
    if (end.kind !== 'trailers' || onTrailers === undefined) return true;
    return this.#tell(onTrailers, end.fields);
  }

  /** Passes metadata to the caller. An error of the caller's code ends the call. */
  #tell(listener: (metadata: ReceivedMetadata) => void, fields: ReceivedFields): boolean {
    try {
      this.#inContext?.(() => listener(fields.all()));
    } catch (error) {
      this.stop(error);
    }
    return !this.ended;
  }
}

function wake(call: OpenCall): void {
  call.wake();
}

function waitedEnough(call: OpenCall): void {
  call.waitedEnough();
}
