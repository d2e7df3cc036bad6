import { expect, it, onTestFinished } from 'vitest';
import { system, systemMethods } from '../../../generated/features/system.js';
import { createAuthority } from '../../../src/pki/index.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import {
  type Credentials,
  maintenance,
  mtls,
  systemRoots,
} from '../../../src/runtime/credentials/index.js';
import { failure, startCluster } from '../../testkit/support.js';

const unknown = Buffer.alloc(32).toString('base64');

function connect(endpoints: readonly string[], credentials: Credentials): TalosClient {
  const talos = createTalosClient({ endpoints, credentials });
  onTestFinished(() => talos.close());
  return talos;
}

const ways: [string, () => Credentials | Promise<Credentials>, code: string, problem: string][] = [
  ['the roots of the system', () => systemRoots(), 'rpc', 'maintenance'],
  [
    'another CA',
    async () => {
      const authority = createAuthority();
      const { cert, key } = authority.issueClient({ roles: ['os:admin'] });
      return mtls({ ca: authority.cert, cert, key });
    },
    'rpc',
    'maintenance',
  ],
  ['another pin', () => maintenance({ fingerprints: [unknown] }), 'config', 'fingerprint'],
];

it.each(ways)(
  'trust on first use: %s tell the fingerprint of the node, with which it is reached',
  async (_, credentials, code, problem) => {
    const cluster = await startCluster({ transport: 'tls', maintenance: true });
    const node = cluster.node('cp-1');
    const endpoints = [node.endpoint];
    const error = await failure(system(connect(endpoints, await credentials())).version());
    expect(error).toMatchObject({
      code,
      peerFingerprint: await node.fingerprint(),
      cause: { problem, peerFingerprint: await node.fingerprint() },
    });
    expect(cluster.journal.of(systemMethods.version)).toEqual([]);

    const { peerFingerprint = '' } = error as { peerFingerprint?: string };
    const talos = connect(endpoints, maintenance({ fingerprints: [peerFingerprint] }));
    expect((await system(talos).version()).version?.tag).toMatch(/^v1\./);
  },
);

it('a configured node of an unknown CA tells its fingerprint, too', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const talos = connect([cluster.node('cp-1').endpoint], systemRoots());
  expect(await failure(system(talos).version())).toMatchObject({
    status: 'unavailable',
    peerFingerprint: await cluster.node('cp-1').fingerprint(),
    cause: { problem: 'untrusted' },
  });
});

it('with several endpoints each has its fingerprint in the cause', async () => {
  const cluster = await startCluster({ transport: 'tls', maintenance: true, controlPlanes: 2 });
  const nodes = [cluster.node('cp-1'), cluster.node('cp-2')];
  const talos = connect(
    nodes.map(({ endpoint }) => endpoint),
    systemRoots(),
  );
  const error = await failure(system(talos).version());
  expect(error).toMatchObject({ peerFingerprint: undefined });
  const { errors } = error.cause as AggregateError;
  const seen = errors.map(({ peerFingerprint }) => peerFingerprint);
  expect(seen).toEqual(await Promise.all(nodes.map((node) => node.fingerprint())));
});

it('an endpoint that cannot be reached has none', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const { endpoint } = cluster.node('cp-1');
  await cluster.close();
  expect(await failure(system(connect([endpoint], systemRoots())).version())).toMatchObject({
    status: 'unavailable',
    peerFingerprint: undefined,
  });
});
