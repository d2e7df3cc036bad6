import { Metadata } from '@grpc/grpc-js';
import type { ClientCertificate } from '../../runtime/credentials/client-certificate.js';
import { statusError } from '../../runtime/errors/from-grpc.js';
import type { TalosRpcError } from '../../runtime/errors/rpc-error.js';
import { statusCode } from '../../runtime/errors/status.js';
import type { AnyCall } from '../../runtime/transport.js';
import type { ServerStatus } from '../status.js';
import { statusTrailers } from './headers.js';

/** The error that a client gets for a status, made of the same trailers as over a connection. */
export function rpcError(
  status: ServerStatus,
  call: AnyCall,
  endpoint: string,
  certificate: ClientCertificate | undefined,
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
      broken: undefined,
    },
  );
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
