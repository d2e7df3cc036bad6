import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { loadTalosconfig } from '../../src/talosconfig/index.js';
import { talosconfigFields } from '../../testkit/src/base/pki/index.js';
import { noteMethod } from '../support/note-methods.js';
import { createTrust, startNoteServer } from '../support/note-server.js';
import { temporaryDirectory } from './support.js';

test('a client made from a file reaches the cluster over mTLS with all that the context says', async () => {
  const trust = await createTrust();
  const seen: Record<string, unknown>[] = [];
  const server = await startNoteServer(trust, {
    read({ request, metadata }, reply) {
      seen.push(metadata.getMap());
      reply(null, request);
    },
  });
  onTestFinished(() => server.stop());
  const { ca, crt, key } = talosconfigFields(trust.authority.cert, trust.client);
  const path = join(await temporaryDirectory(), 'talosconfig');
  await writeFile(
    path,
    `context: prod
contexts:
    prod:
        endpoints:
            - ${server.address}
        nodes:
            - 10.0.0.2
            - 10.0.0.3
        ca: ${ca}
        crt: ${crt}
        key: ${key}
        auth:
            basic:
                username: anna
                password: word
        cluster: talos-default
        proxy-url: direct
`,
  );

  await using talos = createTalosClient(await loadTalosconfig({ env: { TALOSCONFIG: path } }));
  expect(talos.certificate?.roles).toEqual(['os:admin']);
  const results = await talos
    .nodes()
    .each((node) => callUnary(node, noteMethod('unary'), { text: node.address }));
  expect(results).toMatchObject([
    { node: '10.0.0.2', ok: true, value: { text: '10.0.0.2' } },
    { node: '10.0.0.3', ok: true, value: { text: '10.0.0.3' } },
  ]);
  expect(seen).toHaveLength(2);
  for (const metadata of seen) {
    expect(metadata).toMatchObject({
      context: 'talos-default',
      authorization: `Basic ${Buffer.from('anna:word').toString('base64')}`,
      node: expect.stringMatching(/^10\.0\.0\.[23]$/),
    });
  }
});
