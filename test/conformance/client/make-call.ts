import type { CallOptions } from '../../../src/runtime/call-options.js';
import { fromBytes } from '../../../src/runtime/codec.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { ReceivedMetadata } from '../../../src/runtime/metadata.js';
import type { TalosStream } from '../../../src/runtime/stream.js';
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  type ConformanceClient,
  type ConformancePayload,
  conformance,
} from '../generated/features/conformance.js';
import {
  decodeBidiStreamRequest,
  decodeClientStreamRequest,
  decodeIdempotentUnaryRequest,
  decodeServerStreamRequest,
  decodeUnaryRequest,
} from '../generated/server/conformance.js';
import { clientFor } from './clients.js';
import { cancelled, conformanceError, toHeaders, toMetadata } from './convert.js';
import { PacedRequests } from './requests.js';

interface Reply {
  readonly payload?: ConformancePayload | undefined;
}

/** The state of one call while it is made. */
class Call {
  readonly options: CallOptions;
  readonly payloads: ConformancePayload[] = [];
  readonly #request: ClientCompatRequest;
  readonly #controller = new AbortController();
  readonly #oneReply: boolean;
  #headers: ReceivedMetadata | undefined;
  #trailers: ReceivedMetadata | undefined;

  constructor(request: ClientCompatRequest) {
    this.#request = request;
    this.#oneReply =
      request.streamType === 'STREAM_TYPE_UNARY' ||
      request.streamType === 'STREAM_TYPE_CLIENT_STREAM';
    this.options = {
      metadata: toMetadata(request.requestHeaders),
      signal: this.#controller.signal,
      ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
      onHeaders: (headers) => {
        this.#headers = headers;
      },
      onTrailers: (trailers) => {
        this.#trailers = trailers;
      },
    };
  }

  cancel(): void {
    this.#controller.abort(cancelled);
  }

  /** The requests are sent, and it may be time to cancel. */
  sent(): void {
    const timing = this.#request.cancel?.cancelTiming;
    if (timing === undefined) return;
    if (timing.case === undefined) setTimeout(() => this.cancel(), 0);
    if (timing.case === 'afterCloseSendMs') setTimeout(() => this.cancel(), timing.value);
  }

  received({ payload }: Reply): void {
    this.payloads.push(payload ?? { data: new Uint8Array(), requestInfo: undefined });
    const timing = this.#request.cancel?.cancelTiming;
    if (timing?.case === 'afterNumResponses' && timing.value === this.payloads.length) {
      this.cancel();
    }
  }

  paced<T>(requests: readonly T[], inTurn: boolean): PacedRequests<T> {
    const { cancel, requestDelayMs } = this.#request;
    return new PacedRequests(requests, {
      delayMs: requestDelayMs,
      inTurn,
      beforeEnd: cancel?.cancelTiming.case === 'beforeCloseSend' ? () => this.cancel() : undefined,
      afterEnd: () => this.sent(),
    });
  }

  result(error: unknown, unsent = 0): ClientResponseResult {
    const failure = error instanceof TalosRpcError ? error.metadata : undefined;
    return {
      responseHeaders: toHeaders(this.#headers),
      payloads: this.payloads,
      error: error === undefined ? undefined : conformanceError(error, this.#oneReply),
      responseTrailers: toHeaders(this.#trailers ?? failure),
      numUnsentRequests: unsent,
    };
  }
}

/** Makes the call that a request describes, and tells what it gave. */
export async function makeCall(request: ClientCompatRequest): Promise<ClientResponseResult> {
  const call = new Call(request);
  const service = conformance(clientFor(request));
  const { requestMessages } = request;
  const all = <T>(decode: Parameters<typeof fromBytes<T>>[0]) =>
    requestMessages.map(({ value }) => fromBytes(decode, value));
  const { options } = call;
  switch (request.method) {
    case 'Unary':
      return unary(call, () => service.unary(first(all(decodeUnaryRequest)), options));
    case 'IdempotentUnary':
      return unary(call, () =>
        service.idempotentUnary(first(all(decodeIdempotentUnaryRequest)), options),
      );
    case 'Unimplemented':
      return unary(call, async () => {
        await service.unimplemented({}, options);
        return {};
      });
    case 'ServerStream': {
      const stream = service.serverStream(first(all(decodeServerStreamRequest)), options);
      call.sent();
      return readAll(call, stream);
    }
    case 'ClientStream': {
      const requests = call.paced(all(decodeClientStreamRequest), false);
      return unary(call, () => service.clientStream(requests, options), requests);
    }
    case 'BidiStream':
      return bidi(call, service, request, all(decodeBidiStreamRequest));
    default:
      throw new Error(`no method called ${request.method}`);
  }
}

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error('one request is due');
  return item;
}

async function unary(
  call: Call,
  start: () => Promise<Reply>,
  requests?: PacedRequests<unknown>,
): Promise<ClientResponseResult> {
  try {
    const reply = start();
    if (requests === undefined) call.sent();
    call.received(await reply);
    return call.result(undefined);
  } catch (error) {
    return call.result(error);
  } finally {
    requests?.stop();
  }
}

async function bidi(
  call: Call,
  service: ConformanceClient,
  { streamType }: ClientCompatRequest,
  messages: readonly Parameters<typeof decodeBidiStreamRequest>[2][],
): Promise<ClientResponseResult> {
  const inTurn = streamType === 'STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM';
  const requests = call.paced(messages as never[], inTurn);
  return readAll(call, service.bidiStream(requests, call.options), requests);
}

async function readAll(
  call: Call,
  stream: TalosStream<Reply>,
  requests?: PacedRequests<unknown>,
): Promise<ClientResponseResult> {
  try {
    for await (const reply of stream) {
      call.received(reply);
      requests?.replied();
    }
    return call.result(undefined, requests?.unsent);
  } catch (error) {
    return call.result(error, requests?.unsent);
  } finally {
    requests?.stop();
  }
}
