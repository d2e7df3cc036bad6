import { createTalosClient as createOverGrpc } from '../../../src/runtime/client.js';
import type { Credentials } from '../../../src/runtime/credentials/credentials.js';
import { mtls, plaintext, serverTls } from '../../../src/runtime/credentials/index.js';
import { createTalosClient as createOverHttp2 } from '../../../src/runtime/http2-client.js';
import type { TalosClient } from '../../../src/runtime/talos-client.js';
import { carrier, gzipRequests } from '../../support/carrier.js';
import type { ClientCompatRequest } from '../generated/features/conformance.js';

const clients = new Map<string, TalosClient>();

/** The client for the server that a request names; requests for the same one share it. */
export function clientFor(request: ClientCompatRequest): TalosClient {
  const { host, port, compression, messageReceiveLimit } = request;
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
  const key = JSON.stringify([
    host,
    port,
    compression,
    messageReceiveLimit,
    text(request.serverTlsCert),
    text(request.clientTlsCreds?.cert),
  ]);
  const known = clients.get(key);
  if (known !== undefined) return known;
  const create = carrier === 'http2' ? createOverHttp2 : createOverGrpc;
  const made = create({
    endpoints: [`${host}:${port}`],
    credentials: credentialsFor(request),
    proxy: 'direct',
    timeoutMs: 'none',
    ...(compression === 'COMPRESSION_GZIP' && gzipRequests),
    ...(messageReceiveLimit > 0 && { maxMessageBytes: messageReceiveLimit }),
  });
  clients.set(key, made);
  return made;
}

function credentialsFor({ serverTlsCert, clientTlsCreds }: ClientCompatRequest): Credentials {
  if (serverTlsCert.length === 0) return plaintext();
  if (clientTlsCreds === undefined) return serverTls({ ca: serverTlsCert });
  return mtls({ ca: serverTlsCert, cert: clientTlsCreds.cert, key: clientTlsCreds.key });
}

/** Frees all connections. */
export async function closeClients(): Promise<void> {
  await Promise.all([...clients.values()].map((client) => client.close()));
}
