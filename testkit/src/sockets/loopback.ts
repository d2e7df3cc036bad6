import { createServer, type Server } from 'node:net';
import type { Daemon } from '../apid/serve.js';
import { APID_PORT, TRUSTD_PORT } from '../topics/network/programs.js';

/** Where nodes listen that have no address of their own. */
export const LOCALHOST = '127.0.0.1';

/** The ports of nodes that have one. */
export const ports: Readonly<Record<Daemon, number>> = { apid: APID_PORT, trustd: TRUSTD_PORT };

/** Where a node of this address listens. */
export function hostOf(address: string): string {
  return address.startsWith('127.') ? address : LOCALHOST;
}

/**
 * Has a server listen at an address. Resolves with its port, which is any that is free for 0.
 *
 * @throws {Error} when the port is taken, or the system has no such address.
 */
export async function listenAt(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(explained(cause, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}

/** Thrown where a port is taken. */
class PortTaken extends Error {}

function explained(cause: Error, host: string, port: number): Error {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new PortTaken(`addresses: something listens at ${host}:${port} already`, { cause });
  }
  if (code === 'EADDRNOTAVAIL') {
    return new Error(
      `addresses: this system has no address ${host}; all of 127.0.0.0/8 is there on Linux`,
      { cause },
    );
  }
  return cause;
}

/** The networks that are tried, by the second number of their addresses. */
const [FIRST, LAST] = [5, 254];

/**
 * Starts something in a network of loopback where nothing listens; other programs may do the same at
 * the same time.
 *
 * @throws {Error} when there is no such network.
 */
export async function inFreeNetwork<T>(
  start: (network: `127.${number}.0.0/16`) => Promise<T>,
): Promise<T> {
  for (let second = FIRST; ; second++) {
    try {
      await probe(`127.${second}.0.2`);
      return await start(`127.${second}.0.0/16`);
    } catch (problem) {
      if (!(problem instanceof PortTaken) || second === LAST) throw problem;
    }
  }
}

/** Starting something for nothing takes longer than a look. */
async function probe(host: string): Promise<void> {
  const server = createServer();
  await listenAt(server, host, ports.apid);
  await new Promise((resolve) => server.close(resolve));
}
