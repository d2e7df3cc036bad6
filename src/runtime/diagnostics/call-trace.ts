import { TalosConfigError } from '../errors/config-error.js';
import type { Outcome } from '../errors/outcome.js';
import { TalosRpcError } from '../errors/rpc-error.js';
import type { StatusName } from '../errors/status.js';
import { TalosError } from '../errors/talos-error.js';
import { checkMetadata, type MetadataInit } from '../metadata.js';
import { type Idempotency, type MethodKind, rpcName } from '../method.js';
import type { AnyCall } from '../transport.js';
import { attempts, calls, retries } from './channels.js';
import type { AttemptMessage, CallMessage, ObservedClient, RetryMessage } from './messages.js';
import { currentWithin, type Within } from './within.js';

/** How a call or an attempt ended, as messages say it. */
interface End {
  readonly status: 'ok' | StatusName | undefined;
  readonly outcome: Outcome | undefined;
  readonly reason: string | undefined;
}

type FailedEnd = End & { readonly status: StatusName | undefined };

/** A call that somebody watches: the message about it, and the events of its life. */
export class CallTrace implements CallMessage {
  readonly client: ObservedClient;
  readonly rpc: string;
  readonly kind: MethodKind;
  readonly idempotency: Idempotency;
  readonly follows: boolean;
  readonly node: string | undefined;
  readonly nodes: readonly string[] | undefined;
  readonly cluster: string | undefined;
  readonly within: Within | undefined;
  readonly timeoutMs: number | undefined;
  readonly startedAtMs: number;
  readonly sent = { messages: 0, bytes: 0 };
  readonly received = { messages: 0, bytes: 0 };
  attempts = 0;
  endpoint: string | undefined = undefined;
  status: 'ok' | StatusName | undefined = undefined;
  outcome: Outcome | undefined = undefined;
  error: unknown = undefined;
  reason: string | undefined = undefined;
  answeredAfterMs: number | undefined = undefined;
  durationMs: number | undefined = undefined;
  readonly #call: AnyCall;
  readonly #now: () => number;
  #attempt: AttemptTrace | undefined;
  #more: MetadataInit | undefined;
  #quotesPeer = false;
  /** Events that have to wait until `end`, the event of the synchronous part, is out. */
  #late: (() => void)[] | undefined = [];

  constructor(client: ObservedClient, call: AnyCall, follows: boolean, now: () => number) {
    const { method, metadata, node, timeoutMs } = call;
    this.client = client;
    this.rpc = rpcName(method);
    this.kind = method.kind;
    this.idempotency = method.idempotency;
    this.follows = follows;
    this.node = node;
    this.nodes = textsOf(metadata.nodes);
    this.cluster = textsOf(metadata.context)?.[0];
    this.within = currentWithin();
    this.timeoutMs = timeoutMs;
    this.startedAtMs = now();
    this.#call = call;
    this.#now = now;
  }

  addMetadata(metadata: MetadataInit): void {
    for (const name of Object.keys(checkMetadata(metadata, 'addMetadata'))) {
      if (this.#call.metadata[name] === undefined) continue;
      throw new TalosConfigError(`addMetadata: the call has ${name} already`, {
        field: `addMetadata.${name}`,
      });
    }
    this.#more = { ...this.#more, ...metadata };
  }

  /** What subscribers added to the metadata of the call, together with that of one attempt. */
  metadata(ofAttempt: MetadataInit | undefined): MetadataInit | undefined {
    return this.#more === undefined ? ofAttempt : { ...this.#more, ...ofAttempt };
  }

  /** Starts the call by `begin`. */
  run(begin: () => void): void {
    calls.start.runStores(this, begin);
    calls.end.publish(this);
    const late = this.#late;
    this.#late = undefined;
    for (const publish of late ?? []) publish();
  }

  /** An attempt begins. */
  attempted(endpoint: string): void {
    this.attempts += 1;
    this.endpoint = endpoint;
    this.#attempt = new AttemptTrace(this, endpoint, this.#now());
    attempts.publish(this.#attempt);
  }

  /** A message goes out. */
  wrote(bytes: number): void {
    this.sent.messages += 1;
    this.sent.bytes += bytes;
  }

  /** A message came. */
  heard(bytes: number): void {
    this.received.messages += 1;
    this.received.bytes += bytes;
    if (this.kind === 'server-stream' || this.kind === 'duplex') this.#answer();
  }

  /** The error to come has the text of a peer. */
  quotesPeer(): void {
    this.#quotesPeer = true;
  }

  /** The attempt failed with `error`, and another one follows after `delayMs`. */
  retried(error: unknown, delayMs: number): void {
    const end = endOf(error, this.#quotesPeer);
    this.#quotesPeer = false;
    const attempt = this.#endAttempt(end);
    if (!retries.hasSubscribers) return;
    retries.publish({
      call: this,
      attempt: attempt?.number ?? 0,
      endpoint: attempt?.endpoint,
      ...end,
      error,
      delayMs,
    } satisfies RetryMessage);
  }

  /**
   * The call has ended.
   *
   * @param failure absent when it ended well, or because its reader left
   */
  ended(failure: { readonly error: unknown } | undefined, left: boolean): void {
    const end = failure === undefined ? doneEnd(left) : endOf(failure.error, this.#quotesPeer);
    this.#endAttempt(end);
    Object.assign(this, end);
    this.durationMs = this.#now() - this.startedAtMs;
    if (failure !== undefined) {
      this.error = failure.error;
      this.#publish(() => calls.error.publish(this));
    }
    this.#answer();
    this.#publish(() => calls.asyncEnd.publish(this));
  }

  /** The first answer of a stream, or the end of any call: what the caller waited for. */
  #answer(): void {
    if (this.answeredAfterMs !== undefined) return;
    this.answeredAfterMs = this.#now() - this.startedAtMs;
    this.#publish(() => calls.asyncStart.publish(this));
  }

  #publish(publish: () => void): void {
    if (this.#late === undefined) publish();
    else this.#late.push(publish);
  }

  #endAttempt(end: End): AttemptMessage | undefined {
    const attempt = this.#attempt;
    if (attempt === undefined) return undefined;
    this.#attempt = undefined;
    attempt.end(end, this.#now());
    attempts.publish(attempt);
    return attempt;
  }
}

class AttemptTrace implements AttemptMessage {
  readonly call: CallMessage;
  readonly number: number;
  readonly endpoint: string;
  readonly startedAtMs: number;
  state: 'started' | 'ended' = 'started';
  status: 'ok' | StatusName | undefined = undefined;
  outcome: Outcome | undefined = undefined;
  reason: string | undefined = undefined;
  durationMs: number | undefined = undefined;

  constructor(call: CallMessage, endpoint: string, startedAtMs: number) {
    this.call = call;
    this.number = call.attempts;
    this.endpoint = endpoint;
    this.startedAtMs = startedAtMs;
  }

  end(end: End, nowMs: number): void {
    this.state = 'ended';
    this.durationMs = nowMs - this.startedAtMs;
    Object.assign(this, end);
  }
}

function doneEnd(left: boolean): End {
  return { status: left ? 'cancelled' : 'ok', outcome: undefined, reason: undefined };
}

function endOf(error: unknown, quotesPeer: boolean): FailedEnd {
  if (error instanceof TalosRpcError) {
    const { status, outcome, reason } = error;
    return { status, outcome, reason: quotesPeer ? undefined : reason };
  }
  if (error instanceof TalosError) {
    return { status: undefined, outcome: undefined, reason: error.message };
  }
  // The reason of a signal, or what the caller's code threw: the peer saw a cancelled call.
  return { status: 'cancelled', outcome: undefined, reason: undefined };
}

function textsOf(value: MetadataInit[string] | undefined): readonly string[] | undefined {
  const values = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(values)) return undefined;
  const texts = values.filter((each) => typeof each === 'string');
  return texts.length === 0 ? undefined : texts;
}
