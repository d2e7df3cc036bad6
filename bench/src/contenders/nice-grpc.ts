import { ChannelCredentials, createChannel, createClient, Metadata } from 'nice-grpc';
import { MachineServiceDefinition } from '../../generated/peers/nice-grpc/machine/machine.js';
import { NO_NODE, PROCESSES } from '../samples.js';
import { type Connection, type Contender, expectSame } from './contender.js';

/** nice-grpc with ts-proto's definitions. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  const channel = createChannel(
    `https://127.0.0.1:${port}`,
    ChannelCredentials.createSsl(
      Buffer.from(ca),
      Buffer.from(client.key),
      Buffer.from(client.cert),
    ),
  );
  const machine = createClient(MachineServiceDefinition, channel);
  return {
    async version(node) {
      const { messages } =
        node === undefined
          ? await machine.version({})
          : await machine.version({}, { metadata: Metadata({ node }) });
      expectSame(messages[0]?.version?.sha, node ?? NO_NODE);
    },
    async processes() {
      const { messages } = await machine.processes({});
      expectSame(messages[0]?.processes.at(-1)?.pid, PROCESSES);
    },
    async logs() {
      let total = 0;
      const request = { namespace: 'system', id: 'apid', follow: true, tailLines: -1 };
      for await (const { bytes } of machine.logs(request)) total += bytes.length;
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
    async recover(chunks) {
      async function* requests() {
        for (const bytes of chunks) yield { bytes: bytes as Buffer };
      }
      const { messages } = await machine.etcdRecover(requests());
      expectSame(messages.length, 1);
    },
    close: () => channel.close(),
  };
}
