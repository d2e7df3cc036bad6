import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configuration } from '../../generated/features/configuration.js';
import { etcd } from '../../generated/features/etcd.js';
import { files } from '../../generated/features/files.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { meta } from '../../generated/features/meta.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { http2Transport } from '../../src/http2.js';
import {
  callAggregated,
  collect,
  collectBytes,
  createTalosClient,
  serverTls,
  TalosRpcError,
} from '../../src/index.js';
import { createSigningKey, siderov1 } from '../../src/siderov1/index.js';
import { loadTalosconfig } from '../../src/talosconfig/index.js';
import { type SimulatedOmni, simulateOmni } from '../../testkit/src/index.js';
import { configErrorOf, temporaryDirectory } from '../talosconfig/support.js';
import { startCluster } from './support.js';

type Clusters = Parameters<typeof startCluster>[0];

async function started(options: Clusters = { controlPlanes: 3, workers: 1 }) {
  const cluster = await startCluster(options);
  const omni = await simulateOmni(cluster);
  onTestFinished(() => omni.close());
  return { cluster, omni };
}

async function rpcErrorOf(run: Promise<unknown>): Promise<TalosRpcError> {
  const error = await run.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(TalosRpcError);
  return error as TalosRpcError;
}

/** A talosconfig of Omni in a folder of its own, which holds keys too. */
async function talosconfigOf(omni: SimulatedOmni, identity = 'anna@example.com') {
  const home = await temporaryDirectory();
  const path = join(home, 'config');
  await writeFile(path, omni.talosconfig({ identity }), { mode: 0o600 });
  const keys = join(home, 'keys');
  return { env: { TALOSCONFIG: path, HOME: home, SIDEROV1_KEYS_DIR: keys }, keys };
}

describe('a call through Omni', () => {
  it('goes straight to the node that it names, a worker too, by address or name', async () => {
    const { cluster, omni } = await started();
    const talos = omni.client();
    for (const node of ['cp-2', '10.5.0.3', 'worker-1', '10.5.0.5']) {
      const { hostname } = await system(talos.node(node)).hostname();
      expect([node, cluster.node(node).address]).toContain(
        node.includes('.') ? cluster.node(hostname).address : hostname,
      );
    }
    expect(cluster.journal.calls.map(({ endpoint, roles }) => [endpoint, roles])).toEqual(
      Array(4).fill(['omni', ['os:operator']]),
    );
    expect(omni.calls.map(({ problem }) => problem)).toEqual(Array(4).fill(undefined));
  });

  it('goes to a control plane when it names no node', async () => {
    const { cluster, omni } = await started();
    cluster.node('cp-1').kill();
    expect(await system(omni.client()).hostname()).toMatchObject({ hostname: 'cp-2' });
  });

  it('goes to several nodes with the header for that', async () => {
    const { omni } = await started();
    const results = await callAggregated(
      omni.client(),
      systemMethods.hostname,
      {},
      {
        nodes: ['10.5.0.3', '10.5.0.5'],
      },
    );
    expect(results.map((result) => result.ok && result.value.hostname)).toEqual([
      'cp-2',
      'worker-1',
    ]);
  });

  it('carries streams both ways', async () => {
    const { cluster, omni } = await started({ controlPlanes: 1 });
    const talos = omni.client();
    const target = talos.node('cp-1');
    expect((await collect(logs(target).dmesg())).length).toBeGreaterThan(0);
    const snapshot = await collectBytes(etcd(target).snapshot());
    expect(snapshot.length).toBeGreaterThan(1000);
    const [entry] = cluster.journal.of(logsMethods.dmesg);
    expect(entry?.outcome).toBe('ok');
  });

  it('that streams is cancelled on the node when its reader leaves', async () => {
    const { cluster, omni } = await started({ controlPlanes: 1 });
    const target = omni.client().node('cp-1');
    const read = logs(target).dmesg({ follow: true });
    await read.next();
    await read.return();
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
    cluster.journal.clear();
    // Before its first item, too.
    cluster.node('cp-1').stall(logsMethods.dmesg);
    const waiting = logs(target).dmesg({ follow: true });
    const next = waiting.next();
    await cluster.journal.waitFor(({ rpc }) => rpc === 'machine.MachineService/Dmesg');
    waiting.cancel();
    expect(await next).toEqual({ done: true, value: undefined });
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
  });

  it('to a node that is off is unavailable, and the connection stays', async () => {
    const { cluster, omni } = await started();
    const talos = omni.client();
    cluster.node('worker-1').kill();
    const error = await rpcErrorOf(system(talos.node('worker-1')).hostname({}, { retry: false }));
    expect(error.status).toBe('unavailable');
    expect(await system(talos.node('cp-1')).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it.each([
    ['no such node', 'cp-9', 'not-found', 'node "cp-9" not found'],
    ['no such address', '10.5.9.9', 'not-found', 'not found'],
  ])('to %s is refused', async (_, node, status, reason) => {
    const { omni } = await started({ controlPlanes: 1 });
    const error = await rpcErrorOf(system(omni.client().node(node)).hostname());
    expect(error).toMatchObject({ status, reason: expect.stringContaining(reason) });
  });

  it('finds the cluster by its name, and needs it where a node is not clear', async () => {
    const one = await startCluster({ controlPlanes: 1, clusterName: 'one' });
    const two = await startCluster({ controlPlanes: 1, clusterName: 'two' });
    const omni = await simulateOmni(one, two);
    onTestFinished(() => omni.close());
    await system(omni.client({ cluster: 'two' }).node('cp-1')).hostname();
    expect(one.journal.calls).toHaveLength(0);
    expect(two.journal.calls).toHaveLength(1);
    const ambiguous = await rpcErrorOf(system(omni.client().node('cp-1')).hostname());
    expect(ambiguous.reason).toContain('ambiguous');
    expect((await rpcErrorOf(system(omni.client()).hostname())).status).toBe('invalid-argument');
    const unknown = await rpcErrorOf(system(omni.client({ cluster: 'three' })).hostname());
    expect(unknown).toMatchObject({ status: 'not-found' });
  });

  it('reaches a node in maintenance as an admin, as SideroLink does', async () => {
    const { cluster, omni } = await started({ controlPlanes: 1, maintenance: true });
    const data = Buffer.from(
      cluster.machineConfig({ type: 'controlplane', installDisk: '/dev/sda' }),
    );
    const reply = await configuration(omni.client().node('cp-1')).apply({
      data,
      mode: 'AUTO',
      dryRun: true,
    });
    expect(reply).toBeDefined();
  });
});

describe('the roles behind Omni', () => {
  it('are those of an operator for who may change clusters, and of an admin for a few calls', async () => {
    const { cluster, omni } = await started({ controlPlanes: 1 });
    const node = omni.client().node('cp-1');
    await meta(node).write({ key: 10, value: Buffer.from('x') });
    await collectBytes(files(node).read({ path: '/etc/os-release' }));
    expect(cluster.journal.calls.map(({ rpc, roles }) => [rpc.split('/')[1], roles])).toEqual([
      ['MetaWrite', ['os:admin']],
      ['Read', ['os:admin']],
    ]);
    await lifecycle(node).reboot({ mode: 'DEFAULT' });
    expect(cluster.journal.calls.at(-1)?.roles).toEqual(['os:operator']);
  });

  it.each(['Operator', 'Admin'] as const)(
    'do not let anybody apply a configuration: %s',
    async (role) => {
      const { omni } = await started({ controlPlanes: 1 });
      const node = omni.client({ role }).node('cp-1');
      const error = await rpcErrorOf(
        configuration(node).apply({ data: Buffer.from('machine: {}'), mode: 'NO_REBOOT' }),
      );
      expect(error.status).toBe('permission-denied');
      expect(error.hint).toContain('API of Omni');
      expect(error.hint).not.toContain('client certificate');
    },
  );

  it('do not let readers change anything, and those without a role read anything', async () => {
    const { cluster, omni } = await started({ controlPlanes: 1 });
    const reader = omni.client({ role: 'Reader' }).node('cp-1');
    await system(reader).hostname();
    expect(cluster.journal.calls.at(-1)?.roles).toEqual(['os:reader']);
    expect((await rpcErrorOf(lifecycle(reader).reboot({ mode: 'DEFAULT' }))).status).toBe(
      'permission-denied',
    );
    const nobody = omni.client({ role: 'None' }).node('cp-1');
    expect((await rpcErrorOf(system(nobody).hostname())).status).toBe('permission-denied');
  });

  it('read files as an operator before Talos 1.12, who may not', async () => {
    const { omni } = await started({ controlPlanes: 1, talosVersion: 'v1.11.0' });
    const error = await rpcErrorOf(
      files(omni.client().node('cp-1')).read({ path: '/etc/os-release' }).next(),
    );
    expect(error.status).toBe('permission-denied');
  });
});

describe('a signature', () => {
  it('that is missing is refused', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    await using talos = createTalosClient({
      endpoints: [omni.endpoint],
      credentials: serverTls({ ca: omni.ca }),
    });
    const error = await rpcErrorOf(system(talos).hostname());
    expect(error).toMatchObject({ status: 'unauthenticated', reason: 'invalid signature' });
    expect(omni.calls).toMatchObject([{ identity: undefined, problem: 'there is no signature' }]);
  });

  it.each([
    [-301_000, 'the clocks are'],
    [301_000, 'the clocks are'],
    [-290_000, undefined],
    [290_000, undefined],
  ])('by a clock that is %d ms off is refused beyond five minutes', async (skew, problem) => {
    const { omni } = await started({ controlPlanes: 1 });
    const talos = omni.client();
    omni.clockSkewMs = skew;
    const result = await system(talos.node('cp-1'))
      .hostname()
      .catch((error: unknown) => error);
    if (problem === undefined) {
      expect(result).toMatchObject({ hostname: 'cp-1' });
    } else {
      expect(result).toMatchObject({ status: 'unauthenticated' });
      expect((result as TalosRpcError).hint).toContain('five minutes');
      expect(omni.calls.at(-1)?.problem).toContain(problem);
    }
  });

  it('of a revoked, an unknown or a borrowed key is refused', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    const key = omni.serviceAccount();
    const ask = async (serviceAccountKey: string) => {
      await using talos = createTalosClient({
        endpoints: [omni.endpoint],
        credentials: siderov1({ serviceAccountKey, ca: omni.ca }),
      });
      await system(talos)
        .hostname()
        .catch(() => {});
      return omni.calls.at(-1)?.problem;
    };
    const named = (name: string) =>
      Buffer.from(JSON.stringify({ name, pgp_key: key.privateKey() })).toString('base64');
    expect(await ask(named('other@example.com'))).toBe('the key is that of somebody else');
    const stranger = createSigningKey({ identity: key.identity, lifetimeSeconds: 60 });
    expect(await ask(stranger.serviceAccountKey())).toBe('the key is not known');
    expect(await ask(key.serviceAccountKey())).toBeUndefined();
    expect(omni.revoke(key.fingerprint)).toBe(true);
    expect(await ask(key.serviceAccountKey())).toBe('the key is not known');
  });

  it('covers the metadata: what somebody changes on the way is noticed', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    const inner = siderov1({
      serviceAccountKey: omni.serviceAccount().serviceAccountKey(),
      ca: omni.ca,
    }) as ReturnType<typeof siderov1> & { sign(attempt: unknown): Promise<object> };
    const changes: [string, object, string][] = [
      ['a changed header', { context: 'other' }, 'the payload has another context'],
      ['an added header', { uid: 'other' }, 'the payload has another uid'],
      [
        'another time',
        { 'x-sidero-timestamp': `${Math.floor(Date.now() / 1000) - 1}` },
        'another x-sidero-timestamp',
      ],
      ['another payload', { 'x-sidero-payload': '{}' }, 'the payload is for another method'],
      ['no payload', { 'x-sidero-payload': '' }, 'not JSON'],
      ['no time', { 'x-sidero-timestamp': 'now' }, 'there is no timestamp'],
      ['another version', { 'x-sidero-signature': 'siderov2 a b c' }, 'another version'],
    ];
    for (const [what, change, problem] of changes) {
      const credentials = new Proxy(inner, {
        get: (target, name) =>
          name === 'sign'
            ? async (attempt: unknown) => ({ ...(await inner.sign(attempt)), ...change })
            : typeof target[name as 'security'] === 'function'
              ? target[name as 'security'].bind(target)
              : target[name as 'kind'],
      });
      await using talos = createTalosClient({ endpoints: [omni.endpoint], credentials });
      await system(talos.node('cp-1'))
        .hostname()
        .catch(() => {});
      expect(omni.calls.at(-1)?.problem, what).toContain(problem);
    }
  });

  it('is right over the carrier that the library has of its own, too', async () => {
    const { omni } = await started();
    const serviceAccountKey = omni.serviceAccount().serviceAccountKey();
    const credentials = siderov1({ serviceAccountKey, ca: omni.ca });
    const endpoints = [omni.endpoint];
    const transport = http2Transport({ endpoints, credentials });
    await using talos = createTalosClient({ transport, cluster: 'talos-sim' });
    expect(await system(talos.node('worker-1')).hostname()).toMatchObject({ hostname: 'worker-1' });
    await callAggregated(talos, systemMethods.hostname, {}, { nodes: ['10.5.0.3', '10.5.0.5'] });
    expect((await collect(logs(talos.node('cp-1')).dmesg())).length).toBeGreaterThan(0);
    expect(omni.calls.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
    expect((await configErrorOf(() => lifecycle(talos).reboot({ mode: 'DEFAULT' }))).field).toBe(
      'node',
    );
  });

  it('is made anew when a call loses its connection', async () => {
    const { cluster, omni } = await started({ controlPlanes: 1 });
    const talos = omni.client();
    const node = cluster.node('cp-1');
    let times = 0;
    node.on(systemMethods.hostname, () => {
      times += 1;
      if (times === 1) omni.drop();
      return { hostname: 'cp-1' };
    });
    await system(talos.node('cp-1')).hostname();
    expect(times).toBe(2);
    expect(omni.calls.map(({ problem }) => problem)).toEqual([undefined, undefined]);
  });
});

describe('a login', () => {
  it('of a talosconfig works from the address to the next program', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    omni.addUser('anna@example.com');
    const { env, keys } = await talosconfigOf(omni);
    const urls: string[] = [];
    const login = ({ url }: { url: string }) => {
      urls.push(url);
    };
    await using talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login } }));
    const call = system(talos.node('cp-1')).hostname();
    const asked = await omni.nextLogin();
    expect(asked.identity).toBe('anna@example.com');
    asked.confirm();
    expect(await call).toMatchObject({ hostname: 'cp-1' });
    expect(urls).toEqual([asked.url]);
    expect(await readFile(join(keys, 'omni-anna@example.com.pgp'), 'utf8')).toContain(
      'PRIVATE KEY',
    );
    // The next program needs nobody to log in.
    await using next = createTalosClient(await loadTalosconfig({ env }));
    expect(await system(next.node('cp-1')).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it('is asked for again when the key is revoked, also for a stream', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    omni.addUser('anna@example.com');
    const { env } = await talosconfigOf(omni);
    const fingerprints: string[] = [];
    const login = ({ url, fingerprint }: { url: string; fingerprint: string }) => {
      fingerprints.push(fingerprint);
      omni.confirm(url);
    };
    await using talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login } }));
    await system(talos.node('cp-1')).hostname();
    omni.revoke(fingerprints.at(-1) ?? '');
    expect((await collect(logs(talos.node('cp-1')).dmesg())).length).toBeGreaterThan(0);
    omni.revoke(fingerprints.at(-1) ?? '');
    const ask = () => system(talos.node('cp-1')).hostname();
    await Promise.all([ask(), ask(), ask()]);
    expect(fingerprints).toHaveLength(3);
    expect(new Set(fingerprints).size).toBe(3);
  });

  it('is asked for again in an upload, which is sent anew from its function', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    omni.addUser('anna@example.com');
    const { env } = await talosconfigOf(omni);
    let login = '';
    const confirm = ({ url, fingerprint }: { url: string; fingerprint: string }) => {
      login = fingerprint;
      omni.confirm(url);
    };
    await using talos = createTalosClient(
      await loadTalosconfig({ env, siderov1: { login: confirm } }),
    );
    const node = talos.node('cp-1');
    await system(node).hostname();
    omni.revoke(login);
    let made = 0;
    const error = await rpcErrorOf(
      etcd(node).recover(() => {
        made += 1;
        return [new Uint8Array(1)];
      }),
    );
    // Behind Omni nobody may restore etcd; what the node said shows that the new key was taken.
    expect(error).toMatchObject({ status: 'permission-denied', node: 'cp-1' });
    expect(made).toBe(2);
  });

  it('is not confirmed for somebody whom Omni does not know', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    const { env } = await talosconfigOf(omni, 'eve@example.com');
    const controller = new AbortController();
    await using talos = createTalosClient(
      await loadTalosconfig({ env, siderov1: { login: () => {} } }),
    );
    const call = system(talos.node('cp-1')).hostname({}, { signal: controller.signal });
    const asked = await omni.nextLogin();
    expect(() => asked.confirm()).toThrow('Omni knows no eve@example.com');
    expect(() => omni.confirm('0'.repeat(40))).toThrow('no key');
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('ends for all calls when the client is closed', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    const { env } = await talosconfigOf(omni);
    const talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login: () => {} } }));
    const calls = Promise.allSettled([1, 2].map(() => system(talos.node('cp-1')).hostname()));
    await omni.nextLogin();
    await talos.close();
    const results = await calls;
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    for (const result of results) {
      expect((result as PromiseRejectedResult).reason).toMatchObject({ code: 'closed' });
    }
  });

  it('says that nobody came when its time is over', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    const { env } = await talosconfigOf(omni);
    await using talos = createTalosClient(
      await loadTalosconfig({ env, siderov1: { login: () => {}, loginTimeoutMs: 200 } }),
    );
    const error = await rpcErrorOf(system(talos.node('cp-1')).hostname());
    expect(error.status).toBe('deadline-exceeded');
    expect(error.hint).toContain('nobody confirmed the login of anna@example.com');
  });

  it('takes as long as it needs: the deadline of the call starts with the key', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    omni.addUser('anna@example.com');
    const { env } = await talosconfigOf(omni);
    let asked = 0;
    const login = async ({ url }: { url: string }) => {
      asked = performance.now();
      // Longer than the call may take.
      while (performance.now() - asked < 300) await new Promise((done) => setImmediate(done));
      omni.confirm(url);
    };
    await using talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login } }));
    const reply = await system(talos.node('cp-1')).hostname({}, { timeoutMs: 250 });
    expect(reply).toMatchObject({ hostname: 'cp-1' });
  });

  it('is refused with a key that Omni does not take', async () => {
    const { omni } = await started({ controlPlanes: 1 });
    omni.clockSkewMs = -86_400_000;
    const { env } = await talosconfigOf(omni);
    await using talos = createTalosClient(
      await loadTalosconfig({ env, siderov1: { login: () => {} } }),
    );
    const error = await rpcErrorOf(system(talos.node('cp-1')).hostname());
    expect(error).toMatchObject({
      status: 'invalid-argument',
      rpc: 'auth.AuthService/RegisterPublicKey',
    });
  });
});

it('simulateOmni needs clusters', async () => {
  expect((await configErrorOf(() => simulateOmni())).message).toContain('clusters');
  expect((await configErrorOf(() => simulateOmni({} as never))).message).toContain('clusters');
});

it('options that Omni does not have are refused, and the nearest is named', async () => {
  const { omni } = await started({ controlPlanes: 1 });
  const misspelled = { rol: 'Reader' } as object;
  expect(() => omni.client(misspelled)).toThrow('client: rol: there is no such option');
  expect(() => omni.client({ role: 'Raeder' as 'Reader' })).toThrow('did you mean Reader?');
  expect(() => omni.serviceAccount(misspelled)).toThrow('serviceAccount: rol: there is no such');
  const talosconfig = { identity: 'anna@example.com', contxt: 'a' };
  expect(() => omni.talosconfig(talosconfig)).toThrow('contxt: there is no such option');
});
