import { fromBytes } from '../codec.js';
import { type Status, toStatusDetail } from '../errors/details.js';
import { answeredOutcome } from '../errors/outcome.js';
import { TalosProtocolError } from '../errors/protocol-error.js';
import { TalosRpcError } from '../errors/rpc-error.js';
import { statusName } from '../errors/status.js';
import { TalosError } from '../errors/talos-error.js';
import { type MethodKind, rpcName } from '../method.js';
import type { AnyCall, TransportCall } from '../transport.js';

/** What apid adds to replies that it collects from several nodes: `common.Metadata`. */
export interface ReplyMetadata {
  readonly hostname: string;
  readonly error: string;
  readonly status: Status | undefined;
}

interface Entry {
  readonly metadata?: ReplyMetadata | undefined;
}

/**
 * What the caller gets for the message in `bytes`: the envelope is removed, and the failure of a
 * node inside it becomes an error.
 *
 * @param endpoint the endpoint that carried the call, for errors
 * @throws {TalosProtocolError} when the bytes are not a valid message, or the envelope does not
 * hold exactly one entry.
 * @throws {TalosRpcError} when the entry carries the failure of a node.
 */
export function decodeReply<Request, Reply>(
  call: TransportCall<MethodKind, Request, Reply>,
  bytes: Uint8Array,
  endpoint?: string,
): Reply {
  const { method } = call;
  try {
    const message = fromBytes(method.decode, bytes);
    switch (method.unwrap) {
      case 'none':
        return message;
      case 'bytes':
        // The failure of a node comes in a message of its own, and ends the stream.
        checkEntry(call, message, endpoint);
        return message.bytes;
      case 'item':
        checkEntry(call, message, endpoint);
        return message;
      case 'empty':
        return undefined as Reply;
      default:
        return onlyEntry(call, message.messages, endpoint);
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

/** The failure that `metadata` carries, if any. A status wins over the text beside it. */
export function entryFailure(
  call: Pick<AnyCall, 'method' | 'node'>,
  metadata: ReplyMetadata,
  endpoint?: string,
): TalosRpcError | undefined {
  const { status, error, hostname } = metadata;
  if (error === '' && (status === undefined || status.code === 0)) return undefined;
  const word = statusName(status?.code);
  return new TalosRpcError(status?.message || error, {
    status: word,
    // Whoever gathers answers writes them down for the nodes it did not reach, too.
    outcome: answeredOutcome(word, true),
    rpc: rpcName(call.method),
    node: hostname || call.node,
    endpoint,
    details: status?.details.map(toStatusDetail),
  });
}
