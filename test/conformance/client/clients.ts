import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import type { Credentials } from '../../../src/runtime/credentials/credentials.js';
import { mtls, plaintext, serverTls } from '../../../src/runtime/credentials/index.js';
import type { ClientCompatRequest } from '../generated/features/conformance.js';

/** grpc-js' number for gzip. */
const GZIP = 2;

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
  const made = createTalosClient({
    endpoints: [`${host}:${port}`],
    credentials: credentialsFor(request),
    proxy: 'direct',
    timeoutMs: 'none',
    channelOptions: {
      ...(compression === 'COMPRESSION_GZIP' && { 'grpc.default_compression_algorithm': GZIP }),
      ...(messageReceiveLimit > 0 && {
        'grpc.max_receive_message_length': messageReceiveLimit,
      }),
    },
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
