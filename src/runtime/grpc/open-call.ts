import { type experimental, type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { now } from '../clock.js';
import type { Endpoint } from '../endpoints.js';
import { TalosClosedError } from '../errors/closed-error.js';
import { localFailure } from '../errors/grpc-texts.js';
import { laterOutcome, type Outcome } from '../errors/outcome.js';
import { TalosRpcError } from '../errors/rpc-error.js';
import { mayRepeat } from '../repeat.js';
import type { AnyCall } from '../transport.js';
import type { CallContext } from './call-context.js';
import type { Connection } from './connection.js';
import type { Waiter } from './endpoint-pool.js';
import type { EndpointSlot } from './endpoint-slot.js';
import { http2Call, mayHaveLeft, sessionOf } from './http2-call.js';
import { fromGrpcMetadata, isEmpty } from './metadata.js';
import { resetUpload, withDeadline } from './reset-upload.js';

/** A call of grpc-js. */
export type Wire = experimental.CallStream;

/** Why a call failed: an error of ours, or whatever the caller's code threw or aborted with. */
export interface Failure {
  readonly error: unknown;
}

/** Timers of Node end at once when they are asked for more than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One call from its begin to its one end: it waits for a connection, goes to the next endpoint
 * when that is safe, and ends by what comes first of the peer's status, its deadline, its signals
 * and the closing of the client. What is sent and what becomes of replies is up to the kinds of
 * calls.
 */
export abstract class OpenCall implements Waiter {
  readonly call: AnyCall;
  protected readonly context: CallContext;
  /** The call on the connection it was last made on. */
  protected wire: Wire | undefined;
  protected connection: Connection | undefined;
  /** Whether it has ended; whatever comes later has nobody left to read it. */
  protected ended = false;
  #deadline = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #metadata: Metadata | undefined;
  #headers: Metadata | undefined;
  /** Whether headers of an answer came. */
  #answered = false;
  /** Whether the peer itself gave a status after its headers. */
  #byPeer = false;
  #attempts = 0;
  /** What the peer had sent on the connection when the call was made. */
  #bytesBefore = 0;
  /** The endpoints that failed the call already, and what the last one failed it with. */
  #tried: Set<Endpoint> | undefined;
  #failure: Failure | undefined;
  #earlier: Outcome | undefined;

  constructor(context: CallContext, call: AnyCall) {
    this.context = context;
    this.call = call;
  }

  /** Sends the requests, or begins to. */
  protected abstract send(wire: Wire): void;
  /** Whether what was sent can be sent again. */
  protected abstract replayable(): boolean;
  /** The peer says that all went well. */
  protected abstract completed(): void;
  /** The call has ended, with a failure or well. Called once. */
  protected abstract finished(failure: Failure | undefined): void;
  abstract onReceiveMessage(message: Buffer): void;

  /** Starts the call. */
  begin(): void {
    const { context, call } = this;
    const { signals, timeoutMs } = call;
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      this.settle(obstacle);
      return;
    }
    context.open.add(this);
    for (const signal of signals) signal.addEventListener('abort', this, { once: true });
    if (timeoutMs !== undefined && timeoutMs <= LONGEST_TIMER_MS) {
      this.#deadline = now() + timeoutMs;
      this.#timer = setTimeout(deadlinePassed, timeoutMs, this);
    }
    this.#connect();
  }

  /** What speaks against even starting. */
  #obstacle(): Failure | undefined {
    if (this.context.closed) return { error: new TalosClosedError() };
    for (const { aborted, reason } of this.call.signals) if (aborted) return { error: reason };
    try {
      this.#metadata = this.context.metadata.of(this.call.metadata);
    } catch (error) {
      return { error };
    }
    const error = this.context.certificateProblem();
    return error && { error };
  }

  /** Ends the call from this side, with an error. */
  stop(error: unknown): void {
    this.cancel({ error });
  }

  /** Ends the call from this side. */
  protected cancel(failure?: Failure): void {
    const { wire } = this;
    if (this.ended) return;
    this.settle(failure);
    if (wire === undefined) return;
    resetUpload(wire);
    wire.cancelWithStatus(status.CANCELLED, 'the client ended the call');
  }

  /** Ends the call from this side, with an error that does not wait for what came before. */
  abandon(error: unknown): void {
    this.stop(error);
  }

  protected settle(failure?: Failure): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.#timer);
    for (const signal of this.call.signals) signal.removeEventListener('abort', this);
    this.context.open.delete(this);
    if (this.wire === undefined) this.context.pool.leave(this);
    this.finished(failure);
  }

  /** A signal of the call fired. */
  handleEvent({ target }: Event): void {
    this.abandon((target as AbortSignal).reason);
  }

  /** The deadline passed. */
  expire(): void {
    this.stop(this.#expired());
  }

  #expired(): unknown {
    const { call, connection } = this;
    // A node that lost its power, or its network, leaves a connection that swallows every call. The
    // next one should not wait for its deadline too.
    if (this.wire !== undefined && connection?.bytesRead === this.#bytesBefore) {
      connection.doubt(sessionOf(this.wire));
    }
    return this.context.expired(call, connection, call.timeoutMs as number, this.outcome);
  }

  /** What is known of the call as long as no answer has come. */
  protected get outcome(): Outcome {
    return laterOutcome(this.#earlier, this.#unsent ? 'not-sent' : 'unknown');
  }

  #connect(): void {
    const { pool } = this.context;
    const connection = pool.ready(this.#tried);
    if (connection === undefined) pool.wait(this, this.#tried);
    else this.connected(connection);
  }

  connected(connection: Connection): void {
    const { call } = this;
    this.connection = connection;
    this.#attempts += 1;
    this.#bytesBefore = connection.bytesRead;
    const { kind } = call.method;
    const uploads = kind === 'client-stream' || kind === 'duplex';
    try {
      const wire = connection.channel.createCall(
        call.method.path,
        uploads || this.#deadline === Infinity ? Infinity : Date.now() + this.#leftMs,
        null,
        null,
        null,
      );
      this.wire = wire;
      wire.start(
        uploads
          ? withDeadline(this.#metadata as Metadata, this.#leftMs)
          : (this.#metadata as Metadata),
        this,
      );
      this.send(wire);
    } catch (error) {
      this.stop(error);
    }
  }

  /** Milliseconds until the deadline. */
  get #leftMs(): number {
    return Math.max(this.#deadline - now(), 0);
  }

  unreachable(slots: readonly EndpointSlot[]): void {
    this.settle(this.#failure ?? { error: this.context.unreachable(this.call, slots) });
  }

  onReceiveMetadata(metadata: Metadata): void {
    if (this.ended) return;
    this.#answered = true;
    this.#headers = metadata;
    this.connection?.proved();
    // The status of a call does not tell whether it is the peer's.
    const stream = this.wire && http2Call(this.wire)?.http2Stream;
    stream?.once('trailers', (trailers) => {
      this.#byPeer = trailers['grpc-status'] !== undefined;
    });
    const { onHeaders } = this.call;
    if (onHeaders !== undefined) this.#tell(onHeaders, metadata);
  }

  onReceiveStatus(result: StatusObject): void {
    if (this.ended) return;
    const ok = result.code === status.OK;
    // Only what grpc-js makes up itself, for want of an answer, comes without any metadata.
    const silent = !this.#answered && !ok && isEmpty(result.metadata);
    if (!silent) this.connection?.proved();
    const failure = ok ? undefined : { error: this.#explain(result, silent) };
    if (failure !== undefined && silent && this.#retries(result, failure.error)) {
      this.#failure = failure;
      this.#earlier = outcomeOf(failure.error);
      if (this.connection !== undefined) {
        this.#tried ??= new Set();
        this.#tried.add(this.connection.endpoint);
        // A call may hear that its connection broke before the connection itself does.
        if (this.#brokeOff(result)) this.connection.retire();
      }
      this.wire = undefined;
      this.#connect();
      return;
    }
    const { onTrailers } = this.call;
    if (onTrailers !== undefined && !silent && !this.#tell(onTrailers, result.metadata)) return;
    if (failure === undefined) this.completed();
    else this.settle(failure);
  }

  #explain(result: StatusObject, silent: boolean): unknown {
    const kind = localFailure(result.details ?? '')?.kind;
    if (kind === 'deadline' && this.#deadline !== Infinity) return this.#expired();
    if (kind === 'calm-down' && this.connection) this.context.pool.pingLess(this.connection);
    // The node has the same deadline, and its reset may be read before the timer here gets its turn.
    if (result.code === status.CANCELLED && now() >= this.#deadline) return this.#expired();
    return this.context.failed(this.call, this.connection, result, this.#headers, {
      silent,
      unsent: silent && this.#unsent,
      // A status without headers before it has some of its own, unlike those that grpc-js makes up.
      byPeer: this.#byPeer || (!this.#answered && kind !== 'http' && !isEmpty(result.metadata)),
      earlier: this.#earlier,
    });
  }

  /** Whether the call is made again after it got no answer, and failed with `error`. */
  #retries({ code, details }: StatusObject, error: unknown): boolean {
    const kind = localFailure(details ?? '')?.kind;
    if (code !== status.UNAVAILABLE && kind !== 'calm-down' && kind !== 'dropped') return false;
    if (this.#attempts > this.context.pool.slots.length || !this.replayable()) return false;
    return mayRepeat(this.call, outcomeOf(error));
  }

  /** Whether nothing of the attempt left this side. */
  get #unsent(): boolean {
    return this.wire === undefined || !mayHaveLeft(this.wire);
  }

  /** Whether the call ended with its connection. */
  #brokeOff({ code, details }: StatusObject): boolean {
    const kind = localFailure(details ?? '')?.kind;
    if (kind === 'dropped' || kind === 'too-late') return true;
    return kind === undefined && code === status.UNAVAILABLE;
  }

  /** Hands metadata to the caller; an error of the caller's ends the call. */
  #tell(listener: (metadata: ReturnType<typeof fromGrpcMetadata>) => void, metadata: Metadata) {
    try {
      listener(fromGrpcMetadata(metadata));
    } catch (error) {
      this.stop(error);
    }
    return !this.ended;
  }
}

function outcomeOf(error: unknown): Outcome {
  return error instanceof TalosRpcError ? error.outcome : 'unknown';
}

function deadlinePassed(call: OpenCall): void {
  call.expire();
}
