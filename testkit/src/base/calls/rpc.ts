import {
  type AnyMethod,
  fromBytes,
  type Init,
  type Method,
  type MethodKind,
  TalosProtocolError,
} from 'talos-client';
import { toBytes } from 'talos-client/wire';
import type { CallContext, ServedCall } from './context.js';
import { codecOf, rpcName } from './methods.js';
import { ServerStatus } from './status.js';

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** Replies of a stream: a list, a generator, or an async one. */
export type Replies<T> = AsyncIterable<T> | Iterable<T>;

/** What a handler gives for a reply of type `T`: fields may be left out. Nothing for `void`. */
// biome-ignore lint/suspicious/noConfusingVoidType: handlers of acknowledged calls return nothing.
export type ReplyInit<T> = [T] extends [void] ? void : Init<T>;

/**
 * The handler of each kind of RPC. The types are those that the client's method has: the envelope
 * around replies is added afterwards. `Call` is what it knows of the call.
 */
export interface HandlersByKind<Request, Reply, Call = ServedCall> {
  readonly unary: (call: Call, request: Request) => Awaitable<ReplyInit<Reply>>;
  readonly 'server-stream': (call: Call, request: Request) => Replies<ReplyInit<Reply>>;
  readonly 'client-stream': (
    call: Call,
    requests: AsyncIterable<Request>,
  ) => Awaitable<ReplyInit<Reply>>;
  readonly duplex: (call: Call, requests: AsyncIterable<Request>) => Replies<ReplyInit<Reply>>;
}

/** The handler of a method of a kind, for `node.on`. */
export type Handler<Kind extends MethodKind, Request, Reply> = HandlersByKind<
  Request,
  Reply,
  CallContext
>[Kind];

/** The handler that fits a method descriptor. */
type HandlerOf<M> =
  M extends Method<infer Kind, infer Request, infer Reply>
    ? HandlersByKind<Request, Reply>[Kind]
    : never;

/** A handler for every RPC of a feature: `HandlersOf<EtcdMethods>`. */
export type HandlersOf<Methods> = { readonly [Name in keyof Methods]: HandlerOf<Methods[Name]> };

/** A handler of any method, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
export type AnyHandler = HandlersByKind<any, any>[MethodKind];

/** The most bytes Talos puts into one message of a byte stream. */
const CHUNK_BYTES = 1024;

/**
 * Byte streams that are not cut into chunks: a kubeconfig archive is one message, a kernel record
 * is, and so are the head and the packet of each record of a capture.
 */
const unchunked: ReadonlySet<string> = new Set([
  '/machine.MachineService/Kubeconfig',
  '/machine.MachineService/Dmesg',
  '/machine.MachineService/PacketCapture',
]);

/** Runs a handler: decodes requests, wraps and encodes what it gives. */
export async function* runHandler(
  method: AnyMethod,
  handler: AnyHandler,
  ctx: ServedCall,
  requests: AsyncIterable<unknown>,
): AsyncGenerator<Uint8Array, void, undefined> {
  // The kinds differ in what they take and give, and the method's kind says which it is.
  const run = handler as (ctx: ServedCall, input: unknown) => unknown;
  const single = method.kind === 'unary' || method.kind === 'server-stream';
  const result = run(ctx, single ? await onlyRequest(method, requests) : requests);
  if (method.kind === 'unary' || method.kind === 'client-stream') {
    yield encodeReplyMessage(method, await result);
    return;
  }
  for await (const reply of result as Replies<unknown>) {
    if (method.unwrap === 'bytes' && !unchunked.has(method.path)) {
      for (const chunk of chunks(reply as Uint8Array)) yield encodeReplyMessage(method, chunk);
    } else {
      yield encodeReplyMessage(method, reply);
    }
  }
}

/** The requests of a call, decoded as they come. */
export async function* decodeRequests(
  method: AnyMethod,
  requests: AsyncIterable<Uint8Array>,
): AsyncGenerator<unknown, void, undefined> {
  for await (const bytes of requests) yield decodeRequestMessage(method, bytes);
}

function decodeRequestMessage(method: AnyMethod, bytes: Uint8Array): unknown {
  try {
    const message = fromBytes(codecOf(method).decodeRequest, bytes);
    return method.wrap === 'bytes' ? (message as { bytes: Uint8Array }).bytes : message;
  } catch (cause) {
    if (!(cause instanceof TalosProtocolError)) throw cause;
    throw new ServerStatus(
      'internal',
      `grpc: error unmarshalling request of ${rpcName(method)}: ${cause.message}`,
      { cause },
    );
  }
}

async function onlyRequest(method: AnyMethod, requests: AsyncIterable<unknown>): Promise<unknown> {
  let only: { readonly request: unknown } | undefined;
  for await (const request of requests) {
    if (only !== undefined) {
      throw new ServerStatus('internal', `${rpcName(method)} takes one request and got several`);
    }
    only = { request };
  }
  if (only === undefined) {
    throw new ServerStatus('internal', `${rpcName(method)} takes one request and got none`);
  }
  return only.request;
}

/** The message on the wire for what a handler gave. */
function encodeReplyMessage(method: AnyMethod, reply: unknown): Uint8Array {
  return toBytes(codecOf(method).encodeReply, wireReply(method, reply));
}

function wireReply(method: AnyMethod, reply: unknown): unknown {
  switch (method.unwrap) {
    case 'message':
      return { messages: [reply ?? {}] };
    case 'acknowledgement':
      return { messages: [{}] };
    case 'empty':
      return {};
    case 'bytes':
      return { bytes: reply };
    default:
      return reply ?? {};
  }
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}
