import { once } from 'node:events';
import { credentials, Metadata } from '@grpc/grpc-js';
import { MachineServiceClient } from '../../generated/peers/ts-proto/machine/machine.js';
import { NO_NODE, PROCESSES } from '../samples.js';
import { type Connection, type Contender, expectSame } from './contender.js';

/** ts-proto's grpc-js client. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  const machine = new MachineServiceClient(
    `127.0.0.1:${port}`,
    credentials.createSsl(Buffer.from(ca), Buffer.from(client.key), Buffer.from(client.cert)),
  );
  return {
    version: (node) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        if (node !== undefined) metadata.set('node', node);
        machine.version({}, metadata, (error, reply) => {
          if (error !== null) return reject(error);
          expectSame(reply.messages[0]?.version?.sha, node ?? NO_NODE);
          resolve();
        });
      }),
    processes: () =>
      new Promise((resolve, reject) => {
        machine.processes({}, (error, reply) => {
          if (error !== null) return reject(error);
          expectSame(reply.messages[0]?.processes.at(-1)?.pid, PROCESSES);
          resolve();
        });
      }),
    async logs() {
      let total = 0;
      const call = machine.logs({
        namespace: 'system',
        id: 'apid',
        driver: 0,
        follow: true,
        tailLines: -1,
      });
      for await (const { bytes } of call) total += bytes.length;
      return total;
    },
    async snapshot(pause) {
      let total = 0;
      for await (const { bytes } of machine.etcdSnapshot({})) {
        total += bytes.length;
        const paused = pause?.(bytes.length);
        if (paused !== undefined) await paused;
      }
      return total;
    },
    recover: (chunks) =>
      new Promise((resolve, reject) => {
        const call = machine.etcdRecover((error, reply) => {
          if (error !== null) return reject(error);
          expectSame(reply.messages.length, 1);
          resolve();
        });
        const send = async (): Promise<void> => {
          for (const bytes of chunks) {
            if (!call.write({ metadata: undefined, bytes: bytes as Buffer })) {
              await once(call, 'drain');
            }
          }
          call.end();
        };
        send().catch(reject);
      }),
    close: () => machine.close(),
  };
}
