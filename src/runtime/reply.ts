import { fromBytes, type Init, toBytes, toScratch } from './codec.js';
import { TalosConfigError } from './errors/config-error.js';
import { type Status, toStatusDetail } from './errors/details.js';
import { TalosProtocolError } from './errors/protocol-error.js';
import { TalosRpcError } from './errors/rpc-error.js';
import { statusName } from './errors/status.js';
import { TalosError } from './errors/talos-error.js';
import { type AnyMethod, type MethodKind, rpcName } from './method.js';
import type { AnyCall, TransportCall } from './transport.js';
import type { Writer } from './wire/writer.js';

/** What apid adds to replies that it gathers from several nodes: `common.Metadata`. */
export interface ReplyMetadata {
  readonly hostname: string;
  readonly error: string;
  readonly status: Status | undefined;
}

interface Entry {
  readonly metadata?: ReplyMetadata | undefined;
}

/**
 * The bytes of `request`.
 *
 * @param scratch memory to write to, which the next request may take; default: memory of its own
 * @throws {TalosConfigError} when a value does not fit its field.
 */
export function encodeRequest<Request, Reply>(
  call: TransportCall<MethodKind, Request, Reply>,
  request: Init<Request>,
  scratch?: Writer,
): Uint8Array {
  try {
    const { encode, wrap } = call.method;
    const message = wrap === 'bytes' ? { bytes: request } : request;
    return scratch === undefined ? toBytes(encode, message) : toScratch(scratch, encode, message);
  } catch (cause) {
    throw cause instanceof TalosConfigError ? refusal(call.method, cause) : cause;
  }
}

/** As `cause`, with the RPC. The message around bytes is none of the caller's business. */
function refusal(method: AnyMethod, { message, field, cause }: TalosConfigError): TalosConfigError {
  const place = `${rpcName(method)}: request`;
  const isWhole = field === undefined || method.wrap === 'bytes';
  if (!isWhole) return new TalosConfigError(`${place}.${message}`, { field }, { cause });
  const problem = field === undefined ? message : message.slice(field.length + 2);
  return new TalosConfigError(`${place}: ${problem}`, { field: 'request' }, { cause });
}

/**
 * What the caller gets for the message in `bytes`: the envelope is removed, and the failure of a
 * node inside it becomes an error.
 *
 * @param endpoint the endpoint that carried the call, for errors
 * @throws {TalosProtocolError} when the bytes are no valid message, or the envelope does not hold
 * exactly one entry.
 * @throws {TalosRpcError} when the entry carries the failure of a node.
 */
export function decodeReply<Request, Reply>(
  call: TransportCall<MethodKind, Request, Reply>,
  bytes: Uint8Array,
  endpoint?: string,
): Reply {
  const { method } = call;
  try {
    const wire = fromBytes(method.decode, bytes);
    switch (method.unwrap) {
      case 'none':
        return wire;
      case 'bytes':
        // The failure of a node comes in a message of its own, and ends the stream.
        checkEntry(call, wire, endpoint);
        return wire.bytes;
      case 'item':
        checkEntry(call, wire, endpoint);
        return wire;
      case 'empty':
        return undefined as Reply;
      default:
        return onlyEntry(call, wire.messages, endpoint);
    }
  } catch (cause) {
    if (cause instanceof TalosProtocolError && cause.rpc === undefined) {
      throw new TalosProtocolError(
        cause.message,
        { rpc: rpcName(method), node: call.node, endpoint },
        { cause },
      );
    }
    if (cause instanceof TalosError) throw cause;
    throw new TalosProtocolError(
      'the reply could not be decoded',
      { rpc: rpcName(method), node: call.node, endpoint },
      { cause },
    );
  }
}

function onlyEntry<Reply>(
  call: AnyCall,
  messages: readonly Entry[],
  endpoint: string | undefined,
): Reply {
  const entry = messages[0];
  if (entry === undefined || messages.length > 1) {
    throw new TalosProtocolError(`the reply holds ${messages.length} messages where one is due`);
  }
  checkEntry(call, entry, endpoint);
  return (call.method.unwrap === 'acknowledgement' ? undefined : entry) as Reply;
}

function checkEntry(call: AnyCall, { metadata }: Entry, endpoint: string | undefined): void {
  if (metadata === undefined) return;
  const failure = entryFailure(call, metadata, endpoint);
  if (failure !== undefined) throw failure;
}

/** The failure that `metadata` carries, if any. A status counts more than the text beside it. */
export function entryFailure(
  call: Pick<AnyCall, 'method' | 'node'>,
  metadata: ReplyMetadata,
  endpoint?: string,
): TalosRpcError | undefined {
  const { status, error, hostname } = metadata;
  if (error === '' && (status === undefined || status.code === 0)) return undefined;
  return new TalosRpcError(status?.message || error, {
    status: statusName(status?.code),
    rpc: rpcName(call.method),
    node: hostname || call.node,
    endpoint,
    details: status?.details.map(toStatusDetail),
  });
}
