import { createTalosClient, mtls } from 'talos-client';
import type { Connection, Contender } from './contender.js';
import { talosCalls } from './talos-calls.js';

/** This library over grpc-js, through the public names of the built package. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  return talosCalls(
    createTalosClient({
      endpoints: [`127.0.0.1:${port}`],
      credentials: mtls({ ca, cert: client.cert, key: client.key }),
    }),
  );
}
