import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { dataMessage } from '../frames.js';
import { NO_NODE, readSample } from '../samples.js';
import { type Connection, type Contender, expectSame } from './contender.js';

const same = (bytes: Buffer): Buffer => bytes;
const nothing = Buffer.alloc(0);

/** What comes before the bytes in an encoded `common.Data`: the tag and a length of 1 to 3 bytes. */
const overhead = (message: Buffer): number => {
  let pos = 1;
  while ((message[pos] as number) > 0x7f) pos += 1;
  return pos + 1;
};

/** grpc-js with buffers passed through: nothing is encoded or decoded. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  const grpc = new Client(
    `127.0.0.1:${port}`,
    credentials.createSsl(Buffer.from(ca), Buffer.from(client.key), Buffer.from(client.cert)),
  );
  const nodeAt = readSample('Version').indexOf(NO_NODE);
  const large = readSample('Processes').length;
  const unary = (path: string, metadata: Metadata): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      grpc.makeUnaryRequest(path, same, same, nothing, metadata, (error, reply) => {
        if (error !== null) reject(error);
        else resolve(reply as Buffer);
      });
    });
  const bytes = async (
    path: string,
    pause?: (size: number) => Promise<void> | undefined,
  ): Promise<number> => {
    let total = 0;
    for await (const message of grpc.makeServerStreamRequest(path, same, same, nothing)) {
      const size = message.length - overhead(message);
      total += size;
      const paused = pause?.(size);
      if (paused !== undefined) await paused;
    }
    return total;
  };
  let upload: { size: number; message: Buffer } = { size: -1, message: nothing };
  return {
    async version(node) {
      const metadata = new Metadata();
      if (node !== undefined) metadata.set('node', node);
      const reply = await unary('/machine.MachineService/Version', metadata);
      expectSame(reply.toString('latin1', nodeAt, nodeAt + NO_NODE.length), node ?? NO_NODE);
    },
    async processes() {
      const reply = await unary('/machine.MachineService/Processes', new Metadata());
      expectSame(reply.length, large);
    },
    logs: () => bytes('/machine.MachineService/Logs'),
    snapshot: (pause) => bytes('/machine.MachineService/EtcdSnapshot', pause),
    recover: (chunks) =>
      new Promise((resolve, reject) => {
        const call = grpc.makeClientStreamRequest(
          '/machine.MachineService/EtcdRecover',
          same,
          same,
          (error, reply) => {
            if (error !== null) reject(error);
            else if (reply?.length !== 2) reject(new Error('wrong answer to the upload'));
            else resolve();
          },
        );
        const rest = chunks[Symbol.iterator]();
        const write = (): void => {
          for (let next = rest.next(); next.done !== true; next = rest.next()) {
            const { length } = next.value;
            if (upload.size !== length) upload = { size: length, message: dataMessage(length) };
            if (!call.write(upload.message)) {
              call.once('drain', write);
              return;
            }
          }
          call.end();
        };
        write();
      }),
    close: () => grpc.close(),
  };
}
