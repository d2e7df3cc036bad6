import { Metadata } from '@grpc/grpc-js';
import type { ClientCertificate } from '../../runtime/credentials/client-certificate.js';
import { type FailedCall, statusError } from '../../runtime/errors/from-grpc.js';
import type { TalosRpcError } from '../../runtime/errors/rpc-error.js';
import { statusCode } from '../../runtime/errors/status.js';
import type { AnyCall } from '../../runtime/transport.js';
import type { ResetCode } from '../faults.js';
import { ServerStatus } from '../status.js';
import { statusTrailers } from './headers.js';

/** The error that a client gets for a status, made of the same trailers as over a connection. */
export function rpcError(
  status: ServerStatus,
  call: AnyCall,
  endpoint: string,
  certificate: ClientCertificate | undefined,
  { unsent, byPeer, earlier }: Pick<FailedCall, 'unsent' | 'byPeer' | 'earlier'>,
): TalosRpcError {
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(statusTrailers(status))) {
    for (const value of values) metadata.add(name, value as string | Buffer);
  }
  return statusError(
    { code: statusCode(status.status), details: status.message, metadata },
    {
      call,
      endpoint,
      certificate,
      contentType: 'application/grpc',
      silent: false,
      unsent,
      byPeer,
      earlier,
      broken: undefined,
    },
  );
}

/** What grpc-js makes of a call that is reset, in its words: they are read on as over a connection. */
export function resetStatus(code: ResetCode): ServerStatus {
  switch (code) {
    case 'NO_ERROR':
      return internal(0, 'Call ended without gRPC status');
    case 'PROTOCOL_ERROR':
      return new ServerStatus('internal', 'Received RST_STREAM with code 1');
    case 'INTERNAL_ERROR':
      return internal(2, 'Internal server error');
    case 'FLOW_CONTROL_ERROR':
      return new ServerStatus('internal', 'Received RST_STREAM with code 3');
    case 'REFUSED_STREAM':
      return new ServerStatus('unavailable', 'Stream refused by server');
    case 'CANCEL':
      return new ServerStatus('cancelled', 'Call cancelled');
    case 'ENHANCE_YOUR_CALM':
      return new ServerStatus('resource-exhausted', 'Bandwidth exhausted or memory limit exceeded');
  }
}

function internal(code: number, text: string): ServerStatus {
  return new ServerStatus('internal', `Received RST_STREAM with code ${code} (${text})`);
}

/** What the client's certificate would say, if there were one. */
export function certificateOf(roles: readonly string[]): ClientCertificate {
  return {
    subject: roles.map((role) => `O=${role}`).join(', '),
    roles,
    notBefore: new Date(0),
    notAfter: new Date(8.64e15),
    fingerprint: '',
  };
}
