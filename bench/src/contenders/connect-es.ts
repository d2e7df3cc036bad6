import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { MachineService } from '../../generated/peers/protobuf-es/machine/machine_pb.js';
import { NO_NODE, PROCESSES } from '../samples.js';
import { type Connection, type Contender, expectSame } from './contender.js';

/** connect-es over its own gRPC transport, with protobuf-es. */
export function connect({ port, pki }: Connection): Contender {
  const { ca, client } = pki;
  const baseUrl = `https://127.0.0.1:${port}`;
  const nodeOptions = { ca, ...client };
  const sessionManager = new Http2SessionManager(baseUrl, undefined, nodeOptions);
  const machine = createClient(
    MachineService,
    createGrpcTransport({ baseUrl, nodeOptions, sessionManager }),
  );
  return {
    async version(node) {
      const { messages } = await machine.version(
        {},
        node === undefined ? undefined : { headers: { node } },
      );
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
        for (const bytes of chunks) yield { bytes: bytes as Uint8Array<ArrayBuffer> };
      }
      const { messages } = await machine.etcdRecover(requests());
      expectSame(messages.length, 1);
    },
    close: () => sessionManager.abort(),
  };
}
