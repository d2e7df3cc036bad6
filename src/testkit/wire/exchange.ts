import type { Init } from '../../runtime/codec.js';
import {
  deadlineError,
  idleError,
  replyCountError,
  unreachableError,
} from '../../runtime/errors/from-grpc.js';
import { laterOutcome, type Outcome } from '../../runtime/errors/outcome.js';
import { TalosError } from '../../runtime/errors/talos-error.js';
import { mayRepeat } from '../../runtime/repeat.js';
import { decodeReply, encodeRequest } from '../../runtime/reply.js';
import type { AnyCall } from '../../runtime/transport.js';
import { aborted, callController, untilAborted } from '../abort.js';
import { handleCall } from '../apid/apid.js';
import { checkSize } from '../apid/limits.js';
import type { Daemon } from '../apid/serve.js';
import type { ClientFlaw } from '../client-certificates.js';
import type { Timer } from '../clock.js';
import type { SimulatedCluster } from '../cluster.js';
import type { CallMetadata, ServerCall } from '../context.js';
import type { Machine } from '../machine/machine.js';
import {
  ConnectionLost,
  MessageCut,
  ServerStatus,
  StreamReset,
  toServerStatus,
} from '../status.js';
import { certificateOf, resetStatus, rpcError } from './rpc-error.js';

/** The two ends of an exchange. */
export interface ExchangeEnds {
  readonly cluster: SimulatedCluster;
  /** Gives the node that takes the call: another one, as a rule, when it is made again. */
  readonly nextEntry: () => Machine;
  /** How many nodes might. */
  readonly entries: number;
  readonly roles: readonly string[];
  readonly flaw: ClientFlaw | undefined;
  /** What is called on the node. */
  readonly daemon: Daemon;
}

/** One call in memory: the client's half of what a connection would carry. */
export class Exchange<Reply = unknown> {
  readonly #ends: ExchangeEnds;
  #entry: Machine;
  readonly #call: AnyCall;
  readonly #requests: AsyncIterable<unknown> | Iterable<unknown>;
  readonly #controller = callController();
  readonly #onSignal: () => void;
  readonly #atEnd: (() => void)[] = [];
  /** What the caller sees instead of the error that the end of the call gave. */
  #reason: { readonly error: unknown } | undefined;
  readonly #deadline: Timer | undefined;
  #idle: Timer | undefined;
  #answered = false;
  /** Whether the attempt reached a node. */
  #sent = false;
  #earlier: Outcome | undefined;

  constructor(
    ends: ExchangeEnds,
    call: AnyCall,
    requests: AsyncIterable<unknown> | Iterable<unknown>,
  ) {
    this.#ends = ends;
    this.#entry = ends.nextEntry();
    this.#call = call;
    this.#requests = requests;
    this.#onSignal = () => {
      const aborted = call.signals.find((signal) => signal.aborted);
      if (aborted !== undefined) this.end(aborted.reason);
    };
    for (const signal of call.signals) signal.addEventListener('abort', this.#onSignal);
    const { timeoutMs } = call;
    if (timeoutMs !== undefined) {
      this.#deadline = ends.cluster.clock.setTimer(timeoutMs, () => this.#expire(timeoutMs));
    }
  }

  /** Calls `run` when the exchange has ended. */
  onEnd(run: () => void): void {
    this.#atEnd.push(run);
  }

  /** Ends the call: the node sees it cancelled, the caller gets `error`. */
  end(error: unknown): void {
    this.#reason ??= { error };
    this.#controller.abort(new ServerStatus('cancelled', 'context canceled'));
  }

  /** The one reply of a unary or client-stream call. */
  async onlyReply(): Promise<Reply> {
    let only: { readonly reply: Reply } | undefined;
    for await (const reply of this.replies()) {
      if (only !== undefined) throw replyCountError(this.#call, this.#endpoint, 'several');
      only = { reply };
    }
    if (only === undefined) throw replyCountError(this.#call, this.#endpoint, 'none');
    return only.reply;
  }

  /** The replies, decoded; the errors are those of the library. */
  async *replies(): AsyncGenerator<Reply, void, undefined> {
    try {
      let failure: unknown;
      for (let attempt = 0; ; attempt++) {
        const requests = this.#encodedRequests();
        try {
          await this.#connect();
        } catch (cause) {
          throw failure ?? cause;
        }
        try {
          return yield* this.#attempt(requests);
        } catch (cause) {
          if (!this.#isRepeated(cause, attempt)) throw cause;
          failure ??= this.#callersError(cause);
          this.#earlier = laterOutcome(this.#earlier, attemptOutcome(cause));
          this.#sent = false;
          this.#entry = this.#ends.nextEntry();
        }
      }
    } catch (cause) {
      throw this.#callersError(cause);
    } finally {
      this.#close();
    }
  }

  async *#attempt(requests: AsyncIterable<Uint8Array>): AsyncGenerator<Reply, void, undefined> {
    const call = this.#call;
    this.#restartIdle();
    this.#sent = true;
    const replies = handleCall(this.#entry, this.#serverCall(), requests, this.#ends.daemon);
    for await (const bytes of untilAborted(replies, this.#controller.signal)) {
      checkSize(bytes.length);
      this.#idle?.cancel();
      if (!this.#answered) call.onHeaders?.({});
      this.#answered = true;
      yield decodeReply(call, bytes);
      this.#restartIdle();
    }
    call.onTrailers?.({});
  }

  /**
   * Whether the call is made again, by the rules of the client over TLS: it got no answer, its
   * request can be sent again, and a repeat does no harm.
   */
  #isRepeated(cause: unknown, attempt: number): boolean {
    if (this.#answered || this.#reason !== undefined || attempt >= this.#ends.entries) return false;
    if (!Array.isArray(this.#requests) || !isLost(cause)) return false;
    return mayRepeat(this.#call, attemptOutcome(cause));
  }

  /** What is known of the call as long as no answer has come. */
  get #outcome(): Outcome {
    return laterOutcome(this.#earlier, this.#sent ? 'unknown' : 'not-sent');
  }

  #callersError(cause: unknown): unknown {
    if (this.#reason !== undefined) return this.#reason.error;
    if (cause instanceof TalosError) return cause;
    const { roles, daemon } = this.#ends;
    const entry = this.#entry;
    const known = daemon === 'apid' && !entry.inMaintenance;
    const certificate = known ? certificateOf(roles) : undefined;
    const status = cause instanceof StreamReset ? resetStatus(cause.code) : toServerStatus(cause);
    const error = rpcError(status, this.#call, this.#endpoint, certificate, {
      unsent: !this.#sent || attemptOutcome(cause) === 'not-sent',
      byPeer: !(
        cause instanceof StreamReset ||
        cause instanceof ConnectionLost ||
        cause instanceof MessageCut
      ),
      earlier: this.#earlier,
    });
    this.#call.onTrailers?.(error.metadata);
    return error;
  }

  get #endpoint(): string {
    return endpointAddress(this.#entry, this.#ends.daemon);
  }

  /** Fails as the attempt to connect to the node would. */
  async #connect(): Promise<void> {
    const { cluster, flaw, roles, daemon } = this.#ends;
    const entry = this.#entry;
    const endpoint = this.#endpoint;
    if (entry.isApiUp && entry.port === 'silent') await aborted(this.#controller.signal);
    const serves = daemon === 'apid' || entry.type === 'controlplane';
    const problem = !(serves && cluster.isReachable(entry))
      ? `connect ECONNREFUSED ${endpoint}`
      : entry.certificateFlaw !== undefined
        ? `the certificate of ${endpoint} cannot be trusted: ${entry.certificateFlaw}`
        : flaw !== undefined && !entry.inMaintenance
          ? `${endpoint} refused the certificate of the client: ${flaw}`
          : undefined;
    if (problem === undefined) return;
    const failures = [{ endpoint, error: new Error(problem) }];
    throw unreachableError(this.#call, failures, certificateOf(roles));
  }

  #serverCall(): ServerCall {
    const { roles, cluster } = this.#ends;
    const entry = this.#entry;
    const { timeoutMs } = this.#call;
    return {
      path: this.#call.method.path,
      metadata: received(this.#call),
      roles,
      peer: { address: '127.0.0.1', sideroLink: cluster.sideroLink },
      endpoint: entry.name,
      signal: this.#controller.signal,
      deadline: timeoutMs === undefined ? undefined : cluster.clock.now() + timeoutMs,
    };
  }

  /** The requests as bytes: a single one encoded at once, so that a bad one reaches no node. */
  #encodedRequests(): AsyncIterable<Uint8Array> {
    const { method } = this.#call;
    const single = method.kind === 'unary' || method.kind === 'server-stream';
    if (!single || !Array.isArray(this.#requests)) return this.#encoded();
    return listed(this.#requests.map((request) => this.#encode(request)));
  }

  #encode(request: unknown): Uint8Array {
    const bytes = encodeRequest(this.#call, request as Init<unknown>);
    checkSize(bytes.length);
    return bytes;
  }

  /** The requests as they come. When the caller's source fails, the call ends with that error. */
  async *#encoded(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const request of this.#requests) {
        yield this.#encode(request);
      }
    } catch (cause) {
      if (!(cause instanceof ServerStatus)) this.end(cause);
      throw cause;
    }
  }

  #expire(timeoutMs: number): void {
    this.#reason ??= {
      error: deadlineError(this.#call, this.#endpoint, timeoutMs, [], this.#outcome),
    };
    this.#controller.abort(new ServerStatus('deadline-exceeded', 'context deadline exceeded'));
  }

  #restartIdle(): void {
    const { idleTimeoutMs } = this.#call;
    if (idleTimeoutMs === undefined) return;
    this.#idle = this.#ends.cluster.clock.setTimer(idleTimeoutMs, () => {
      this.end(idleError(this.#call, this.#endpoint, idleTimeoutMs, this.#outcome));
    });
  }

  #close(): void {
    this.end(undefined);
    this.#deadline?.cancel();
    this.#idle?.cancel();
    for (const signal of this.#call.signals) signal.removeEventListener('abort', this.#onSignal);
    for (const run of this.#atEnd) run();
  }
}

/** Whether the call ended without an answer. */
function isLost(cause: unknown): boolean {
  if (cause instanceof StreamReset) {
    return cause.code === 'REFUSED_STREAM' || cause.code === 'ENHANCE_YOUR_CALM';
  }
  return cause instanceof ConnectionLost;
}

/** What a client knows of an attempt that ended without an answer. */
function attemptOutcome(cause: unknown): Outcome {
  return cause instanceof StreamReset && cause.code === 'REFUSED_STREAM' ? 'not-sent' : 'unknown';
}

/** The address and port of a daemon in the network of the cluster. */
export function endpointAddress({ address }: Machine, daemon: Daemon): string {
  return `${address}:${daemon === 'apid' ? 50_000 : 50_001}`;
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** The metadata as the node gets it. */
function received({ metadata }: AnyCall): CallMetadata {
  return new Map(
    Object.entries(metadata).map(([name, values]) => [
      name,
      (Array.isArray(values) ? values : [values]) as readonly (string | Uint8Array)[],
    ]),
  );
}
