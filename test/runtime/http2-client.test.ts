import { expect, it } from 'vitest';
import { system } from '../../generated/features/system.js';
import { createTalosClient, http2Transport, middleware, plaintext } from '../../src/http2.js';
import { clientOptions, parseTalosconfig } from '../../src/talosconfig/index.js';
import { startCluster } from '../testkit/support.js';

it('a client over HTTP/2 framed here takes the options of the other, functions and middlewares too', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const known = clientOptions(parseTalosconfig(cluster.talosconfig).context());
  const seen: string[] = [];
  const watch = middleware(({ method }) => void seen.push(method.path), {
    attempts: { begin: ({ endpoint }) => void seen.push(endpoint) },
  });
  let asked = 0;
  await using talos = createTalosClient({
    ...known,
    endpoints: async () => {
      asked += 1;
      return known.endpoints;
    },
    use: [watch],
    retry: false,
  });
  const { version } = await system(talos).version();
  expect(version?.tag).toMatch(/^v1\./);
  await talos.reload();
  expect(asked).toBe(2);
  expect(seen).toEqual(['/machine.MachineService/Version', expect.stringContaining(':')]);
});

it('what has to see attempts is refused over a transport that is given', async () => {
  const transport = http2Transport({ endpoints: ['127.0.0.1'], credentials: plaintext() });
  const watch = middleware(() => undefined, { attempts: {} });
  expect(() => createTalosClient({ transport, use: [watch] })).toThrow(/to http2Transport$/);
  await transport.close();
});
