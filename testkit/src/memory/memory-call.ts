import { ConnectionError } from 'talos-client';
import {
  type CarrierStream,
  type ReceivedFields,
  type RequestHeaders,
  resetCodes,
  type StreamEnd,
  type StreamSink,
  statusCode,
  type Trailers,
} from 'talos-client/carrier';
import { handleCall } from '../apid/apid.js';
import { MAX_MESSAGE_BYTES } from '../apid/limits.js';
import type { CallMetadata, ServerCall } from '../base/calls/context.js';
import { statusTrailers } from '../base/calls/headers.js';
import {
  ConnectionLost,
  MessageCut,
  type ResetCode,
  ServerStatus,
  StreamReset,
  toServerStatus,
} from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { callController, untilAborted } from '../base/time/abort.js';
import { endpointAddress, type MemoryEnds } from './memory-ends.js';

/** The two ends of a call. */
export interface CallEnds extends MemoryEnds {
  /** The node that takes it. */
  readonly entry: Machine;
  /** Is told when the node answers. */
  readonly answered: () => void;
}

/** A stream to a node in memory. */
export class MemoryCall implements CarrierStream {
  readonly #sink: StreamSink;
  readonly #controller = callController();
  readonly #ends: CallEnds;
  readonly #deadline: number | undefined;
  readonly #requests = new RequestQueue();
  /** How many messages were asked for and have not come. */
  #asked = 0;
  #wake: (() => void) | undefined;
  #over = false;
  readonly sent: boolean;

  /** @param problem why nothing can be sent, if so */
  constructor(
    ends: CallEnds,
    headers: RequestHeaders,
    sink: StreamSink,
    problem: string | undefined,
  ) {
    this.#ends = ends;
    this.#sink = sink;
    this.sent = problem === undefined;
    const { timeoutMs } = headers;
    this.#deadline = timeoutMs === undefined ? undefined : ends.cluster.clock.now() + timeoutMs;
    if (problem === undefined) {
      void this.#run(headers);
    } else {
      const error = new ConnectionError('interrupted', problem);
      queueMicrotask(() => this.#finish({ kind: 'unsent', error }));
    }
  }

  read(): void {
    this.#asked += 1;
    this.#wake?.();
  }

  write(message: Uint8Array, written?: () => void): void {
    if (this.#over) return;
    if (message.length > MAX_MESSAGE_BYTES) {
      this.#finish({
        kind: 'too-large',
        message: 'request',
        bytes: message.length,
        limit: MAX_MESSAGE_BYTES,
      });
      this.#abort();
      return;
    }
    // The memory of a message that is followed by others is used again.
    this.#requests.push(written === undefined ? message : Uint8Array.from(message), written);
  }

  end(): void {
    this.#requests.end();
  }

  /** Nothing in memory loses its power without a word. */
  doubt(): void {}

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    this.#abort();
  }

  #abort(): void {
    const { clock } = this.#ends.cluster;
    const late = this.#deadline !== undefined && clock.now() >= this.#deadline;
    this.#controller.abort(
      late
        ? new ServerStatus('deadline-exceeded', 'context deadline exceeded')
        : new ServerStatus('cancelled', 'context canceled'),
    );
    this.#wake?.();
  }

  async #run(headers: RequestHeaders): Promise<void> {
    const { entry, daemon } = this.#ends;
    let end: StreamEnd;
    try {
      const replies = handleCall(entry, this.#serverCall(headers), this.#requests, daemon);
      end = await this.#carry(untilAborted(replies, this.#controller.signal));
    } catch (cause) {
      end = endOf(cause);
    }
    this.#finish(end);
    this.#requests.end();
  }

  /** Takes reply after reply from the node, each when it was asked for. */
  async #carry(replies: AsyncIterable<Uint8Array>): Promise<StreamEnd> {
    let isFirst = true;
    const iterator = replies[Symbol.asyncIterator]();
    for (;;) {
      while (this.#asked === 0 && !this.#over) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const { done, value } = await iterator.next();
      if (done === true) return trailers(undefined);
      if (value.length > MAX_MESSAGE_BYTES) {
        void iterator.return?.();
        const limit = MAX_MESSAGE_BYTES;
        return { kind: 'too-large', message: 'reply', bytes: value.length, limit };
      }
      if (this.#over) continue;
      this.#asked -= 1;
      if (isFirst) this.#sink.onHeaders(fieldsOf({}));
      isFirst = false;
      if (!this.#over) this.#sink.onMessage(value);
    }
  }

  #serverCall({ path, metadata, more }: RequestHeaders): ServerCall {
    const { roles, cluster, entry, daemon } = this.#ends;
    return {
      path,
      metadata: received({ ...metadata, ...more }),
      authority: endpointAddress(entry, daemon),
      roles,
      peer: { address: '127.0.0.1', sideroLink: cluster.sideroLink },
      endpoint: entry.name,
      signal: this.#controller.signal,
      deadline: this.#deadline,
    };
  }

  #finish(end: StreamEnd): void {
    if (this.#over) return;
    this.#over = true;
    if (end.kind === 'trailers') this.#ends.answered();
    this.#sink.onEnd(end);
  }
}

/** Messages that were written and not taken yet, which a node takes at its own pace. */
class RequestQueue implements AsyncIterable<Uint8Array> {
  readonly #messages: {
    readonly bytes: Uint8Array;
    readonly written?: (() => void) | undefined;
  }[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(bytes: Uint8Array, written: (() => void) | undefined): void {
    this.#messages.push({ bytes, written });
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = this.#messages.shift();
      if (next !== undefined) {
        yield next.bytes;
        next.written?.();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** The metadata as the node gets it. */
function received(metadata: RequestHeaders['metadata']): CallMetadata {
  return new Map(
    Object.entries(metadata).map(([name, values]) => [
      name,
      (Array.isArray(values) ? values : [values]) as readonly (string | Uint8Array)[],
    ]),
  );
}

const codes: Readonly<Record<ResetCode, number>> = {
  NO_ERROR: resetCodes.noError,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  REFUSED_STREAM: resetCodes.refusedStream,
  CANCEL: resetCodes.cancel,
  ENHANCE_YOUR_CALM: resetCodes.enhanceYourCalm,
};

/** What a client sees of what ended the call on the node. */
function endOf(cause: unknown): StreamEnd {
  if (cause instanceof ConnectionLost) return { kind: 'lost', error: undefined };
  if (cause instanceof MessageCut) return { ...trailers(undefined), cutShort: true };
  if (cause instanceof StreamReset) {
    return cause.code === 'NO_ERROR'
      ? { kind: 'no-trailers' }
      : { kind: 'reset', code: codes[cause.code] };
  }
  return trailers(toServerStatus(cause));
}

function trailers(status: ServerStatus | undefined): Trailers {
  return {
    kind: 'trailers',
    status: status === undefined ? 0 : statusCode(status.status),
    message: status?.message ?? '',
    http: undefined,
    cutShort: false,
    fields: fieldsOf(status === undefined ? {} : statusTrailers(status)),
  };
}

function fieldsOf(
  metadata: Readonly<Record<string, readonly (string | Uint8Array)[]>>,
): ReceivedFields {
  return { first: (name) => metadata[name]?.[0], all: () => metadata };
}
