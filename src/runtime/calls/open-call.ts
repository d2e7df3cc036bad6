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
import type { Endpoint } from '../dial/endpoint.js';
import { TalosClosedError } from '../errors/closed-error.js';
import { laterOutcome, type Outcome } from '../errors/outcome.js';
import { TalosRpcError } from '../errors/rpc-error.js';
import { statusCode } from '../errors/status.js';
import { checkMetadata, type MetadataInit, type ReceivedMetadata } from '../metadata.js';
import type { AnyCall } from '../transport.js';
import type { Attempt } from './attempt-hook.js';
import type { CallServices } from './call-services.js';
import type { Waiter } from './endpoint-pool.js';
import type { EndpointSlot } from './endpoint-slot.js';
import type { Open } from './open-calls.js';
import { mayRepeat } from './repeat.js';

/** Why a call failed: an error of this library, or what the caller's code threw or aborted with. */
export interface Failure {
  readonly error: unknown;
}

/**
 * One call from its start to its single end, over any carrier. It waits for a connection, and goes
 * to the next endpoint when that is safe. It ends with what comes first: the peer's trailers, its
 * deadline, one of its signals, or the closing of the client. The subclasses send requests and
 * handle replies.
 */
export abstract class OpenCall implements Waiter, StreamSink, AbortListener, Open {
  place = -1;
  readonly call: AnyCall;
  protected readonly services: CallServices;
  /** The stream of the current attempt. */
  protected stream: CarrierStream | undefined;
  protected connection: Connection | undefined;
  /** Whether it has ended. Nobody reads what comes later. */
  protected ended = false;
  /** What watches the call, if anybody does. */
  protected trace: CallTrace | undefined;
  #deadline = Infinity;
  #timer: unknown;
  #metadata: MetadataInit | undefined;
  #headers: ReceivedFields | undefined;
  /** Set where code of the caller has to be called. */
  #inContext: InContext | undefined;
  #attempts = 0;
  #attempt: Attempt | undefined;
  /** How many bytes had come on the connection when the attempt was made. */
  #bytesBefore = 0;
  /** The endpoints that failed the call already, and the error of the last one. */
  #tried: Set<Endpoint> | undefined;
  #failure: Failure | undefined;
  #earlier: Outcome | undefined;

  constructor(services: CallServices, call: AnyCall) {
    this.services = services;
    this.call = call;
  }

  /** Sends the requests, or starts to. */
  protected abstract send(stream: CarrierStream): void;
  /** Whether what was sent can be sent again. */
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
    const { signals, timeoutMs, onHeaders, onTrailers } = call;
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      this.settle(obstacle);
      return;
    }
    services.open.add(this);
    if (onHeaders !== undefined || onTrailers !== undefined) this.#inContext = callerContext();
    for (const signal of signals) addAbortListener(signal, this);
    if (timeoutMs !== undefined) {
      this.#deadline = services.clock.now() + timeoutMs;
      this.#timer = services.clock.start(timeoutMs, deadlinePassed, this as OpenCall);
    }
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
    this.services.clock.stop(this.#timer);
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
    const { call, connection, stream } = this;
    // A node that lost its power, or its network, leaves a connection that swallows every call. The
    // next one should not wait for its deadline too.
    if (connection?.bytesRead === this.#bytesBefore) stream?.doubt();
    return this.services.expired(call, connection, call.timeoutMs as number, this.outcome);
  }

  /** What is known of the call while no answer has come. */
  protected get outcome(): Outcome {
    return laterOutcome(this.#earlier, this.stream?.sent ? 'unknown' : 'not-sent');
  }

  /** Counts a message of an iterable for those who watch. */
  protected sending(message: Uint8Array): Uint8Array {
    this.trace?.wrote(message.length);
    return message;
  }

  #connect(): void {
    const { pool } = this.services;
    const connection = pool.ready(this.#tried);
    if (connection === undefined) pool.wait(this, this.#tried);
    else this.connected(connection);
  }

  connected(connection: Connection): void {
    const { hook } = this.services;
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
    this.trace?.attempted(connection.endpoint.address);
    try {
      this.stream = connection.open(
        {
          path,
          metadata: this.#metadata as MetadataInit,
          more: this.trace === undefined ? more : this.trace.metadata(more),
          timeoutMs:
            this.#deadline === Infinity ? undefined : this.#deadline - this.services.clock.now(),
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
    this.settle(this.#failure ?? { error: this.services.unreachable(this.call, slots) });
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
    if (end.kind === 'trailers') {
      this.trace?.quotesPeer();
      const { onTrailers } = this.call;
      if (onTrailers !== undefined && !this.#tell(onTrailers, end.fields)) return;
      if (end.status === 0) this.completed(end.cutShort);
      else this.settle({ error: this.#explain(end) });
      return;
    }
    const error = this.#explain(end);
    if (this.#repeats(end, error)) this.#again(end, error);
    else this.settle({ error });
  }

  #attemptEnded(end: StreamEnd | undefined): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt !== undefined) this.services.hook?.ended?.(attempt, end);
  }

  #explain(end: StreamEnd): unknown {
    // The node has the same deadline, and its reset may be read before the timer here gets its turn.
    const cancelled =
      end.kind === 'trailers'
        ? end.status === statusCode('cancelled')
        : end.kind === 'reset' && end.code === resetCodes.cancel;
    if (cancelled && this.services.clock.now() >= this.#deadline) return this.#expired();
    return this.services.failed(this.call, this.connection, end, {
      headers: this.#headers,
      sent: this.stream?.sent ?? false,
      earlier: this.#earlier,
    });
  }

  /** Whether the call is repeated after it got no answer and failed with `error`. */
  #repeats(end: StreamEnd, error: unknown): boolean {
    if (this.#headers !== undefined || !canBeRepeated(end) || !this.replayable()) return false;
    if (this.#attempts > this.services.pool.slots.length) return false;
    return mayRepeat(this.call, outcomeOf(error));
  }

  #again(end: StreamEnd, error: unknown): void {
    this.#failure = { error };
    this.#earlier = outcomeOf(error);
    this.trace?.retried(error, 0);
    const { connection } = this;
    if (connection !== undefined) {
      this.#tried ??= new Set();
      this.#tried.add(connection.endpoint);
      // A call may hear that its connection broke before the connection itself does.
      if (end.kind === 'lost' || end.kind === 'unsent') connection.retire();
    }
    this.stream = undefined;
    this.#connect();
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

/** Whether another attempt may succeed: the fault is in the connection, not in the call. */
function canBeRepeated(end: StreamEnd): boolean {
  if (end.kind === 'reset') {
    return end.code === resetCodes.refusedStream || end.code === resetCodes.enhanceYourCalm;
  }
  return end.kind === 'unsent' || end.kind === 'lost';
}

function outcomeOf(error: unknown): Outcome {
  return error instanceof TalosRpcError ? error.outcome : 'unknown';
}

function deadlinePassed(call: OpenCall): void {
  call.expire();
}
