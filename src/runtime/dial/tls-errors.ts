import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { ConnectionError, type ConnectionProblem, errorCode } from './connection-error.js';
import type { Endpoint } from './endpoint.js';
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
  const x509 = socket.getPeerX509Certificate();
  const maintenance = x509 !== undefined && commonName(x509) === maintenanceName;
  const problem = problems[code] ?? (maintenance ? 'maintenance' : 'untrusted');
  return new ConnectionError(problem, describeServer(problem, code, endpoint, x509), {
    cause: Object.assign(new Error(code), { code }),
    peerFingerprint: x509 && keyFingerprint(x509),
  });
}

function describeServer(
  problem: ConnectionProblem,
  code: string,
  { address, host }: Endpoint,
  x509: X509Certificate | undefined,
): string {
  if (x509 === undefined) return `${address} showed no certificate: ${code}`;
  switch (problem) {
    case 'wrong-name':
      return (
        `the certificate of ${address} is not for ${host} but for ` +
        `${printable(x509.subjectAltName) || 'nobody'}: use one of these as endpoint, or add ` +
        `${host} to machine.certSANs of the node`
      );
    case 'server-expired':
      return `the certificate of ${address} expired at ${x509.validTo}, or the clock of this machine is wrong`;
    case 'server-not-yet-valid':
      return `the certificate of ${address} is valid only from ${x509.validFrom}, or the clock of this machine is wrong`;
    case 'maintenance':
      return (
        `${address} is a node in maintenance mode, which has no certificate of the cluster: use ` +
        'the credentials maintenance({ fingerprints }) with the fingerprint on its console ' +
        `(seen here: ${keyFingerprint(x509)})`
      );
    default:
      return (
        `the certificate of ${address} (${printable(x509.subject) || 'no subject'}) cannot be ` +
        `verified with the CAs that are trusted here: ${code}`
      );
  }
}

/** The error for a server that does not speak HTTP/2. The official client refuses it too. */
export function withoutHttp2(socket: TLSSocket, endpoint: Endpoint): ConnectionError | undefined {
  if (socket.alpnProtocol === 'h2') return undefined;
  return new ConnectionError(
    'no-http2',
    `${endpoint.address} did not agree to HTTP/2 (ALPN h2), which gRPC needs: is this the Talos ` +
      'API (port 50000), and does no load balancer in between end TLS?',
  );
}

/**
 * The error for a server that ended the connection after the handshake without sending anything.
 */
export function endedSilently(endpoint: Endpoint): ConnectionError {
  return new ConnectionError(
    'client-refused',
    `${endpoint.address} ended the connection right after the TLS handshake, as servers do that ` +
      'refuse the client certificate, or miss one',
  );
}

/** The error for a failure of the socket, in the handshake or later. */
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
function printable(text: string | undefined): string {
  const line = (text ?? '').replace(/[^\x20-\x7e]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
