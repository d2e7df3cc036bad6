import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Endpoint } from '../endpoints.js';
import { ConnectionError, type ConnectionProblem, errorCode } from './connection-error.js';
import { keyFingerprint } from './fingerprint.js';

/** The common name in the certificates of nodes in maintenance mode. */
const maintenanceName = 'maintenance-service.talos.dev';

/** What Node's codes mean for the user. Every other one means `interrupted`. */
const problems: Readonly<Record<string, ConnectionProblem>> = {
  CERT_HAS_EXPIRED: 'server-expired',
  CERT_NOT_YET_VALID: 'server-not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'client-refused',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'client-refused',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'client-refused',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'client-refused',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'client-refused',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'client-refused',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'client-refused',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'client-refused',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'no-http2',
  ERR_SSL_TLSV1_ALERT_NO_RENEGOTIATION: 'interrupted',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
};

/** Why Node did not accept the server, or nothing if it did. */
export function untrusted(socket: TLSSocket, endpoint: Endpoint): ConnectionError | undefined {
  if (socket.authorized === true) return undefined;
  const code = String(socket.authorizationError);
  const cause = Object.assign(new Error(code), { code });
  const x509 = socket.getPeerX509Certificate();
  const who = `the certificate of ${endpoint.address}`;
  const known = problems[code];
  if (x509 === undefined || known === undefined) {
    return x509 !== undefined && commonName(x509) === maintenanceName
      ? maintenanceNode(x509, endpoint, cause)
      : new ConnectionError(
          'untrusted',
          `${who}${x509 === undefined ? '' : ` (${printable(x509.subject)})`} is signed by no CA ` +
            `that is trusted here: ${code}`,
          { cause },
        );
  }
  const text: Partial<Record<ConnectionProblem, string>> = {
    'wrong-name':
      `${who} is not for ${endpoint.host} but for ${printable(x509.subjectAltName ?? 'nobody')}: ` +
      'use one of these as endpoint, or add it to machine.certSANs of the node',
    'server-expired': `${who} expired at ${printable(x509.validTo)}, or the clock of this machine is wrong`,
    'server-not-yet-valid': `${who} is valid only from ${printable(x509.validFrom)}, or the clock of this machine is wrong`,
  };
  return new ConnectionError(known, text[known] ?? `${who} was refused: ${code}`, { cause });
}

function maintenanceNode(x509: X509Certificate, endpoint: Endpoint, cause: Error): ConnectionError {
  return new ConnectionError(
    'maintenance',
    `${endpoint.address} is a node in maintenance mode, which has no certificate of the cluster: ` +
      `use the credentials maintenance({ fingerprints }) with the fingerprint on its console ` +
      `(seen here: ${keyFingerprint(x509)})`,
    { cause },
  );
}

/** The refusal of a server that does not speak HTTP/2, as the official client has it too. */
export function withoutHttp2(socket: TLSSocket, endpoint: Endpoint): ConnectionError | undefined {
  if (socket.alpnProtocol === 'h2') return undefined;
  return new ConnectionError(
    'no-http2',
    `${endpoint.address} did not agree to HTTP/2 (ALPN h2), which gRPC needs: is this the Talos ` +
      'API (port 50000), and does no load balancer in between end TLS?',
  );
}

/** Describes an error of the socket, in the handshake or later. */
export function brokenConnection(cause: Error, endpoint: Endpoint): ConnectionError {
  const problem = problems[errorCode(cause) ?? ''] ?? 'interrupted';
  const { address } = endpoint;
  switch (problem) {
    case 'client-refused':
      return new ConnectionError(
        problem,
        `${address} refused the client certificate, or wants one: ${reason(cause)}`,
        { cause },
      );
    case 'not-tls':
      return new ConnectionError(
        problem,
        `${address} answered with something else than TLS: is this the Talos API (port 50000)?`,
        { cause },
      );
    case 'no-http2':
      return new ConnectionError(
        problem,
        `${address} refused HTTP/2 (ALPN h2), which gRPC needs: is this the Talos API (port 50000)?`,
        { cause },
      );
    default:
      return new ConnectionError(
        'interrupted',
        `the connection to ${address} broke: ${reason(cause)}`,
        { cause },
      );
  }
}

/** OpenSSL's reason without its thread and source file, or the message of other errors. */
function reason(error: Error): string {
  const { reason, message } = error as { reason?: unknown; message: string };
  return printable(typeof reason === 'string' ? reason : message);
}

function commonName(x509: X509Certificate): unknown {
  return x509.toLegacyObject().subject?.CN;
}

/** A text the peer chose, fit for one line of a message. */
function printable(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
