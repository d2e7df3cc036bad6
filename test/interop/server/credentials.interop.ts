import type { webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configuration } from '../../../generated/features/configuration.js';
import { events } from '../../../generated/features/events.js';
import { files } from '../../../generated/features/files.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { security } from '../../../generated/features/security.js';
import { system } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { maintenance, mtls, serverTls } from '../../../src/runtime/credentials/index.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import {
  clientOptions,
  loadTalosconfig,
  parseTalosconfig,
  saveTalosconfig,
} from '../../../src/talosconfig/index.js';
import { GoCluster } from '../support/go-cluster.js';

let cluster: GoCluster;

beforeAll(async () => {
  cluster = await GoCluster.start();
});
beforeEach(() => cluster.clear());
afterAll(() => cluster?.[Symbol.asyncDispose]());

const hostname = 'machine.MachineService/Hostname';

describe('client certificates made by the official code', () => {
  test.each([[['os:admin']], [['os:reader', 'os:operator']], [['os:reader', 'custom:role']]])(
    'carry the roles %j',
    async (roles) => {
      const talos = await cluster.client({ roles });
      expect([...(talos.certificate?.roles ?? [])].sort()).toEqual([...roles].sort());
      await system(talos.node('10.5.0.3')).hostname();
      const [seen] = await cluster.awaitCalls(hostname, 'OK');
      expect(seen?.roles).toEqual([...roles].sort());
    },
  );

  test('without the role that a call needs are refused, and the error says which it takes', async () => {
    const talos = await cluster.client({ roles: ['os:reader'] });
    await expect(lifecycle(talos.node('10.5.0.3')).reboot({})).rejects.toMatchObject({
      status: 'permission-denied',
      reason: 'not authorized',
      hint: expect.stringMatching(/os:admin[\s\S]*os:reader/),
    });
  });

  test.each(['server', 'stranger'] as const)(
    'that apid does not take (%s) end in a typed error that says so',
    async (flaw) => {
      const { ca, crt, key } = await cluster.issue(['os:admin'], { flaw });
      await using talos = createTalosClient({
        endpoints: [cluster.node('cp-1').endpoint],
        credentials: mtls({ ca, cert: crt, key }),
        proxy: 'direct',
        timeoutMs: 5000,
      });
      await expect(system(talos).version()).rejects.toMatchObject({
        status: 'unavailable',
        hint: expect.stringMatching(/certificate/),
      });
    },
  );

  test('that are missing end in a typed error that says so', async () => {
    const { ca } = await cluster.issue(['os:admin']);
    await using talos = createTalosClient({
      endpoints: [cluster.node('cp-1').endpoint],
      credentials: serverTls({ ca }),
      proxy: 'direct',
      timeoutMs: 5000,
    });
    await expect(system(talos).version()).rejects.toMatchObject({
      status: 'unavailable',
      hint: expect.stringMatching(/client certificate/),
    });
  });

  test('that have run out are refused before anything is sent', async () => {
    const { ca, crt, key } = await cluster.issue(['os:admin'], { lifeMs: 1 });
    await using talos = createTalosClient({
      endpoints: [cluster.node('cp-1').endpoint],
      credentials: mtls({ ca, cert: crt, key }),
      proxy: 'direct',
    });
    await expect(system(talos).version()).rejects.toThrow(/expired/);
  });
});

describe('server certificates made by the official code', () => {
  test('are refused when another authority made them', async () => {
    const other = await GoCluster.start();
    try {
      const { ca } = await other.issue(['os:admin']);
      const { crt, key } = await cluster.issue(['os:admin']);
      await using talos = createTalosClient({
        endpoints: [cluster.node('cp-1').endpoint],
        credentials: mtls({ ca, cert: crt, key }),
        proxy: 'direct',
        timeoutMs: 5000,
      });
      await expect(system(talos).version()).rejects.toMatchObject({ status: 'unavailable' });
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });

  test('may be one of several authorities, as during a rotation', async () => {
    const other = await GoCluster.start();
    const { ca: old } = await other.issue(['os:admin']);
    await other[Symbol.asyncDispose]();
    const { ca, crt, key } = await cluster.issue(['os:admin']);
    await using talos = createTalosClient({
      endpoints: [cluster.node('cp-1').endpoint],
      credentials: mtls({ ca: `${old}\n${ca}`, cert: crt, key }),
      proxy: 'direct',
    });
    await expect(system(talos).hostname()).resolves.toMatchObject({ hostname: 'cp-1' });
  });

  test('change under an open client, and new connections take the new one', async () => {
    const talos = await cluster.client({ through: ['cp-2'] });
    await system(talos).hostname();
    await cluster.renew('cp-2');
    await system(talos).hostname();
    await cluster.stop('cp-2');
    await cluster.serve('cp-2');
    await expect(system(talos).hostname()).resolves.toMatchObject({ hostname: 'cp-2' });
  });
});

describe('endpoints', () => {
  test('that end their connections in an orderly way lose no call', async () => {
    const talos = await cluster.client({ through: ['cp-2'] });
    const open = events(talos).watch({ tailEvents: 1 })[Symbol.asyncIterator]();
    await open.next();
    const stopped = cluster.stop('cp-2', { graceful: true });
    // The hello and the event of the past have come; leaving lets the node finish.
    await open.return?.();
    await stopped;
    await cluster.serve('cp-2');
    await expect(system(talos).hostname()).resolves.toMatchObject({ hostname: 'cp-2' });
  });

  test('that go away are passed over while another is there', async () => {
    const talos = await cluster.client({ through: ['cp-1', 'cp-2'] });
    const answers = async () => {
      const names = [];
      for (let call = 0; call < 6; call++) names.push((await system(talos).hostname()).hostname);
      return [...new Set(names)].sort();
    };
    // The first call to arrive takes the endpoint that is connected first.
    await expect.poll(answers, { timeout: 20_000 }).toEqual(['cp-1', 'cp-2']);
    await cluster.stop('cp-2');
    expect(await answers()).toEqual(['cp-1']);
    await cluster.serve('cp-2');
    await expect.poll(answers, { timeout: 20_000 }).toEqual(['cp-1', 'cp-2']);
  });

  test('that cut a stream end it as unavailable', async () => {
    const talos = await cluster.client({ through: ['cp-2'] });
    const reading = collect(files(talos).read({ path: '/interop/silent' }));
    const rejected = expect(reading).rejects.toMatchObject({ status: 'unavailable' });
    await cluster.awaitCalls('machine.MachineService/Read', 'open');
    await cluster.stop('cp-2');
    await rejected;
    await cluster.serve('cp-2');
  });
});

describe('maintenance mode', () => {
  const node = () => cluster.node('new-1');

  test('is known by the fingerprint that the official code computes', async () => {
    await using talos = createTalosClient({
      endpoints: [node().endpoint],
      credentials: maintenance({ fingerprints: [node().fingerprint] }),
      proxy: 'direct',
    });
    await expect(system(talos).version()).resolves.toMatchObject({
      version: { tag: 'v1.14.0-rc.1' },
    });
    const [seen] = await cluster.awaitCalls('machine.MachineService/Version', 'OK');
    expect(seen).toMatchObject({ node: 'new-1', roles: ['os:reader'] });
  });

  test('with another key is refused before anything is sent, and the key is shown', async () => {
    const [wrong, right] = [cluster.node('cp-1').fingerprint, node().fingerprint];
    await using talos = createTalosClient({
      endpoints: [node().endpoint],
      credentials: maintenance({ fingerprints: [wrong] }),
      proxy: 'direct',
      timeoutMs: 5000,
    });
    const call = configuration(talos).apply({ data: Buffer.from('secret'), mode: 'AUTO' });
    await expect(call).rejects.toThrow(right);
    expect(await cluster.calls('machine.MachineService/ApplyConfiguration')).toEqual([]);
  });

  test('with a new key is known by the new fingerprint only', async () => {
    const old = node().fingerprint;
    const renewed = await cluster.renew('new-1');
    expect(renewed).not.toBe(old);
    for (const [fingerprint, works] of [
      [old, false],
      [renewed, true],
    ] as const) {
      await using talos = createTalosClient({
        endpoints: [node().endpoint],
        credentials: maintenance({ fingerprints: [fingerprint] }),
        proxy: 'direct',
        timeoutMs: 5000,
      });
      const version = system(talos).version();
      if (works) await expect(version).resolves.toMatchObject({ version: {} });
      else await expect(version).rejects.toThrow(renewed);
    }
  });

  test('takes anybody when told not to verify, and ignores where calls are addressed', async () => {
    await using talos = createTalosClient({
      endpoints: [node().endpoint],
      credentials: maintenance({ insecure: true }),
      proxy: 'direct',
    });
    await expect(system(talos.node('10.5.0.3')).hostname()).resolves.toMatchObject({
      hostname: 'new-1',
    });
  });

  test('met with the credentials of a cluster says what it is', async () => {
    const { ca, crt, key } = await cluster.issue(['os:admin']);
    await using talos = createTalosClient({
      endpoints: [node().endpoint],
      credentials: mtls({ ca, cert: crt, key }),
      proxy: 'direct',
      timeoutMs: 5000,
    });
    await expect(system(talos).version()).rejects.toThrow(/maintenance mode/);
  });
});

describe('talosconfig files written by the official code', () => {
  const contexts = [
    { name: 'main', roles: ['os:admin'], nodes: ['10.5.0.2', '10.5.0.3'] },
    { name: 'größe: "x"', roles: ['os:reader'] },
    { name: 'basic', roles: ['os:admin'], username: 'user', password: 'pa:ss "wörd"' },
    { name: 'omni', roles: ['os:admin'], cluster: 'talos-default' },
  ];
  let folder: string;
  let path: string;
  let written: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'talos-interop-'));
    path = join(folder, 'config');
    const endpoints = [cluster.node('cp-1').endpoint];
    written = await cluster.talosconfig(
      'main',
      contexts.map((context) => ({ endpoints, proxyUrl: 'direct', ...context })),
      path,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are private, and read whole', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const config = parseTalosconfig(readFileSync(path, 'utf8'));
    expect(config.contexts.map(({ name }) => name).sort()).toEqual(
      contexts.map(({ name }) => name).sort(),
    );
  });

  test('lead to the cluster', async () => {
    await using talos = createTalosClient(await loadTalosconfig({ path }));
    const results = await talos.nodes().each((node) => system(node).hostname());
    expect(results).toMatchObject([
      { value: { hostname: 'cp-1' } },
      { value: { hostname: 'cp-2' } },
    ]);
  });

  test('with a user name and password send them as Basic auth', async () => {
    await using talos = createTalosClient(await loadTalosconfig({ path, context: 'basic' }));
    await system(talos.node('10.5.0.3')).hostname();
    const [seen] = await cluster.awaitCalls(hostname, 'OK');
    const expected = Buffer.from('user:pa:ss "wörd"').toString('base64');
    expect(seen?.metadata.authorization).toEqual([`Basic ${expected}`]);
  });

  test('with a cluster of Omni name it in the metadata', async () => {
    await using talos = createTalosClient(await loadTalosconfig({ path, context: 'omni' }));
    await system(talos).hostname();
    const [seen] = await cluster.awaitCalls(hostname, 'OK');
    expect(seen?.metadata).toMatchObject({ runtime: ['Talos'], context: ['talos-default'] });
  });

  test('come back through our writer as the official code takes them', async () => {
    const config = parseTalosconfig(written);
    const copy = join(folder, 'copy');
    await saveTalosconfig(config, { path: copy });
    const again = parseTalosconfig(readFileSync(copy, 'utf8'));
    const context = again.contexts.find(({ name }) => name === 'größe: "x"');
    if (context === undefined) throw new Error('the context is gone');
    await using talos = createTalosClient(clientOptions(context));
    expect(talos.certificate?.roles).toEqual(['os:reader']);
    await expect(system(talos).hostname()).resolves.toMatchObject({ hostname: 'cp-1' });
  });
});

describe('trustd', () => {
  test('refuses a request without the token', async () => {
    const { ca } = await cluster.issue(['os:admin']);
    await using trust = createTalosClient({
      endpoints: [cluster.trust.endpoint],
      credentials: serverTls({ ca }),
      proxy: 'direct',
    });
    await expect(security(trust).certificate({ csr: Buffer.from('csr') })).rejects.toMatchObject({
      status: 'unauthenticated',
    });
  });

  test('refuses what is no request for a certificate', async () => {
    const { ca } = await cluster.issue(['os:admin']);
    await using trust = createTalosClient({
      endpoints: [cluster.trust.endpoint],
      credentials: serverTls({ ca }),
      metadata: { token: cluster.trust.token },
      proxy: 'direct',
    });
    await expect(security(trust).certificate({ csr: Buffer.from('csr') })).rejects.toMatchObject({
      status: 'invalid-argument',
    });
  });

  test('signs a request, for servers only', async () => {
    await import('reflect-metadata');
    const x509 = await import('@peculiar/x509');
    const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const csr = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=worker-1,O=os:admin',
      keys: keys as webcrypto.CryptoKeyPair,
      signingAlgorithm: 'Ed25519',
    });
    const { ca } = await cluster.issue(['os:admin']);
    await using trust = createTalosClient({
      endpoints: [cluster.trust.endpoint],
      credentials: serverTls({ ca }),
      metadata: { token: cluster.trust.token },
      proxy: 'direct',
    });
    const signed = await security(trust).certificate({ csr: Buffer.from(csr.toString('pem')) });
    const certificate = new x509.X509Certificate(Buffer.from(signed.crt).toString());
    expect(certificate.subject).toContain('worker-1');
    expect(Buffer.from(signed.ca).toString()).toBe(ca);
  });
});
