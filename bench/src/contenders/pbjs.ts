import { once } from 'node:events';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { common, machine as messages } from '../../generated/peers/pbjs/contract.js';
import { NO_NODE, PROCESSES } from '../samples.js';
import { type Connection, type Contender, expectSame } from './contender.js';

/** The static class of one message. */
interface MessageClass {
  // biome-ignore lint/suspicious/noExplicitAny: pbjs writes its types into a file of its own.
  encode(message: any): { finish(): Uint8Array };
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  decode(bytes: Uint8Array): any;
}

const encoder =
  ({ encode }: MessageClass) =>
  (message: unknown): Buffer =>
    encode(message).finish() as Buffer;
const decoder =
  ({ decode }: MessageClass) =>
  (bytes: Buffer) =>
    decode(bytes);

const encodeEmpty = (): Buffer => Buffer.alloc(0);
const encodeData = encoder(common.Data);
const decodeData = decoder(common.Data);
const decodeVersion = decoder(messages.VersionResponse);
const decodeProcesses = decoder(messages.ProcessesResponse);
const encodeLogs = encoder(messages.LogsRequest);
const decodeRecover = decoder(messages.EtcdRecoverResponse);

/** protobufjs' static code, given to grpc-js' client by hand. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  const grpc = new Client(
    `127.0.0.1:${port}`,
    credentials.createSsl(Buffer.from(ca), Buffer.from(client.key), Buffer.from(client.cert)),
  );
  return {
    version: (node) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        if (node !== undefined) metadata.set('node', node);
        const path = '/machine.MachineService/Version';
        grpc.makeUnaryRequest(path, encodeEmpty, decodeVersion, {}, metadata, (error, reply) => {
          if (error !== null) return reject(error);
          expectSame(reply.messages[0]?.version?.sha, node ?? NO_NODE);
          resolve();
        });
      }),
    processes: () =>
      new Promise((resolve, reject) => {
        const path = '/machine.MachineService/Processes';
        grpc.makeUnaryRequest(path, encodeEmpty, decodeProcesses, {}, (error, reply) => {
          if (error !== null) return reject(error);
          expectSame(reply.messages[0]?.processes.at(-1)?.pid, PROCESSES);
          resolve();
        });
      }),
    async logs() {
      let total = 0;
      const path = '/machine.MachineService/Logs';
      const request = { namespace: 'system', id: 'apid', follow: true, tailLines: -1 };
      const call = grpc.makeServerStreamRequest(path, encodeLogs, decodeData, request);
      for await (const { bytes } of call) total += bytes.length;
      return total;
    },
    async snapshot(pause) {
      let total = 0;
      const path = '/machine.MachineService/EtcdSnapshot';
      for await (const { bytes } of grpc.makeServerStreamRequest(
        path,
        encodeEmpty,
        decodeData,
        {},
      )) {
        total += bytes.length;
        const paused = pause?.(bytes.length);
        if (paused !== undefined) await paused;
      }
      return total;
    },
    recover: (chunks) =>
      new Promise((resolve, reject) => {
        const path = '/machine.MachineService/EtcdRecover';
        const call = grpc.makeClientStreamRequest(
          path,
          encodeData,
          decodeRecover,
          (error, reply) => {
            if (error !== null) return reject(error);
            expectSame(reply.messages.length, 1);
            resolve();
          },
        );
        const send = async (): Promise<void> => {
          for (const bytes of chunks) {
            if (!call.write({ bytes })) await once(call, 'drain');
          }
          call.end();
        };
        send().catch(reject);
      }),
    close: () => grpc.close(),
  };
}
