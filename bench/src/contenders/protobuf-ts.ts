import { ChannelCredentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { MachineServiceClient } from '../../generated/peers/protobuf-ts/machine/machine.client';
import { NO_NODE, PROCESSES } from '../samples.js';
import { type Connection, type Contender, expectSame } from './contender.js';

/** protobuf-ts over its grpc-js transport. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  const transport = new GrpcTransport({
    host: `127.0.0.1:${port}`,
    channelCredentials: ChannelCredentials.createSsl(
      Buffer.from(ca),
      Buffer.from(client.key),
      Buffer.from(client.cert),
    ),
  });
  const machine = new MachineServiceClient(transport);
  return {
    async version(node) {
      const { response } = await machine.version(
        {},
        node === undefined ? undefined : { meta: { node } },
      );
      expectSame(response.messages[0]?.version?.sha, node ?? NO_NODE);
    },
    async processes() {
      const { response } = await machine.processes({});
      expectSame(response.messages[0]?.processes.at(-1)?.pid, PROCESSES);
    },
    async logs() {
      let total = 0;
      const { responses } = machine.logs({
        namespace: 'system',
        id: 'apid',
        driver: 0,
        follow: true,
        tailLines: -1,
      });
      for await (const { bytes } of responses) total += bytes.length;
      return total;
    },
    async snapshot(pause) {
      let total = 0;
      for await (const { bytes } of machine.etcdSnapshot({}).responses) {
        total += bytes.length;
        const paused = pause?.(bytes.length);
        if (paused !== undefined) await paused;
      }
      return total;
    },
    async recover(chunks) {
      const { requests, response } = machine.etcdRecover();
      for (const bytes of chunks) await requests.send({ bytes });
      await requests.complete();
      expectSame((await response).messages.length, 1);
    },
    close: () => transport.close(),
  };
}
