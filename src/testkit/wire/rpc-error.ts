import { TalosRpcError } from '../../runtime/errors/rpc-error.js';
import type { ReceivedMetadata } from '../../runtime/metadata.js';
import { rpcName } from '../../runtime/method.js';
import type { AnyCall } from '../../runtime/transport.js';
import { toServerStatus } from '../status.js';

/** The error that a client gets for what ended the call on the other side. */
export function rpcError(cause: unknown, call: AnyCall, endpoint: string): TalosRpcError {
  const status = toServerStatus(cause);
  const metadata: ReceivedMetadata = Object.fromEntries(
    Object.entries(status.trailers).map(([name, values]) => [
      name,
      (Array.isArray(values) ? values : [values]) as readonly (string | Uint8Array)[],
    ]),
  );
  call.onTrailers?.(metadata);
  return new TalosRpcError(
    status.message,
    {
      status: status.status,
      rpc: rpcName(call.method),
      node: call.node,
      endpoint,
      details: status.details,
      metadata,
    },
    { cause },
  );
}
