import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { etcd } from '../../../generated/features/etcd.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { logs } from '../../../generated/features/logs.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { collect, createTalosClient } from '../../../src/index.js';
import { callAggregated } from '../../../src/runtime/aggregate.js';
import type { LoginRequest } from '../../../src/siderov1/index.js';
import { makeKey } from '../../../src/siderov1/openpgp/make-key.js';
import { readSigningKey } from '../../../src/siderov1/openpgp/read-key.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';
import { GoCluster } from '../support/go-cluster.js';
import { type GoKey, GoOmni } from '../support/go-omni.js';

let cluster: GoCluster;
let omni: GoOmni;
let account: GoKey;
const name = 'ci@serviceaccount.omni.sidero.dev';
const node = '10.5.0.3';

beforeAll(async () => {
  cluster = await GoCluster.start();
  omni = await GoOmni.of(cluster);
  account = await omni.serviceAccount(name);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function client(...[key = account.value, more]: Partial<Parameters<GoOmni['client']>>) {
  const talos = omni.client(key, more);
  onTestFinished(() => talos.close());
  return talos;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'talos-interop-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** What the front noted of the calls of `run`. */
async function seenOf(run: () => Promise<unknown>) {
  const before = (await omni.seen()).length;
  await run();
  return (await omni.seen()).slice(before);
}

describe('signatures of this library', () => {
  test('are verified by the official library: 3000 of 3000, by thirty keys', async () => {
    let short = 0;
    for (let round = 0; round < 30; round += 1) {
      const { key, publicArmor } = makeKey({
        userId: 'anna (interop) <anna@example.com>',
        lifetimeSeconds: 14_400,
        now: Date.now(),
      });
      const signed = Array.from({ length: 100 }, () => {
        const data = randomBytes(Math.floor(Math.random() * 600));
        return { data, signature: key.sign(data, Date.now()) };
      });
      // A number that begins with a zero byte is shorter.
      short += signed.filter(({ signature }) => signature.length < 119).length;
      expect(await omni.verify(publicArmor, signed)).toEqual([]);
    }
    console.log(`3000 signatures verified, ${short} of them with a shorter number`);
    // Each of the two numbers begins with a zero byte once in 256: about 23 of 3000.
    expect(short).toBeGreaterThan(0);
  });

  test('are refused for other bytes and other keys, so that the test can fail', async () => {
    const [one, other] = [1, 2].map((at) =>
      makeKey({ userId: `a${at} <a@b.c>`, lifetimeSeconds: 3600, now: Date.now() }),
    ) as [ReturnType<typeof makeKey>, ReturnType<typeof makeKey>];
    const data = Buffer.from('text');
    const signature = one.key.sign(data, Date.now());
    expect(
      await omni.verify(one.publicArmor, [{ data: Buffer.from('Text'), signature }]),
    ).toHaveLength(1);
    expect(await omni.verify(other.publicArmor, [{ data, signature }])).toHaveLength(1);
    expect(await omni.verify(one.publicArmor, [{ data, signature }])).toEqual([]);
  });
});

describe('signed calls, checked by the official code', () => {
  test('of every kind are taken', async () => {
    const talos = client().node(node);
    const seen = await seenOf(async () => {
      expect((await system(talos).hostname()).hostname).toBe('cp-2');
      await lifecycle(talos).reboot({ mode: 'DEFAULT' });
      expect(
        (await collect(logs(talos).logs({ namespace: 'system', id: 'apid', tailLines: 5 }))).length,
      ).toBeGreaterThan(0);
      await etcd(talos).recover([Buffer.from('snapshot'), Buffer.from('rest')]);
    });
    expect(seen.map(({ error }) => error)).toEqual(['', '', '', '']);
    expect(seen.map(({ identity, key }) => [identity, key])).toEqual(
      seen.map(() => [name, account.fingerprint]),
    );
  });

  test('with all the metadata that a signature covers are taken', async () => {
    const talos = client(undefined, { cluster: 'demo <1> & "2" \\ 3' });
    const metadata = {
      selectors: ['a=b', 'c,d'],
      namespace: 'system',
      uid: '',
      cluster: 'demo',
      traceparent: '00-1-2-01',
    };
    const [seen] = await seenOf(() => system(talos.node(node)).hostname({}, { metadata }));
    expect(seen).toMatchObject({ error: '' });
    expect(seen?.metadata).toMatchObject({
      context: ['demo <1> & "2" \\ 3'],
      selectors: ['a=b', 'c,d'],
      uid: [''],
      node: [node],
    });
  });

  test('for several nodes at once are taken, with one header for each node', async () => {
    const [seen] = await seenOf(() =>
      callAggregated(client(), systemMethods.hostname, {}, { nodes: ['10.5.0.2', node] }),
    );
    expect(seen).toMatchObject({ error: '', metadata: { nodes: ['10.5.0.2', node] } });
  });

  test('with metadata that a hook adds are taken: the signature comes last', async () => {
    const talos = client(undefined, {
      attempts: { begin: () => ({ uid: 'added', traceparent: '00-1-2-01' }) },
    });
    const [seen] = await seenOf(() => system(talos.node(node)).hostname());
    expect(seen).toMatchObject({ error: '', metadata: { uid: ['added'] } });
  });

  test('that lose their connection are made again, and signed again', async () => {
    await omni.drop(1);
    const seen = await seenOf(() => system(client().node(node)).hostname());
    expect(seen.map(({ error }) => error)).toEqual(['', '']);
  });

  test('of streams that lose their connection are made again, and signed again', async () => {
    await omni.drop(1);
    const seen = await seenOf(async () => {
      const chunks = await collect(
        logs(client().node(node)).logs({ namespace: 'system', id: 'apid', tailLines: 5 }),
      );
      expect(chunks.length).toBeGreaterThan(0);
    });
    expect(seen.map(({ error }) => error)).toEqual(['', '']);
  });

  test('may be many at once', async () => {
    const talos = client();
    const seen = await seenOf(() =>
      Promise.all(Array.from({ length: 200 }, () => system(talos.node(node)).hostname())),
    );
    expect(seen.filter(({ error }) => error !== '')).toEqual([]);
    expect(seen).toHaveLength(200);
  });

  test('by a clock that is off by more than five minutes are refused, and the hint says so', async () => {
    const made = makeKey({
      userId: 'late <late@example.com>',
      lifetimeSeconds: 14_400,
      now: Date.now() - 3_600_000,
    });
    await omni.trust('late@example.com', made.publicArmor);
    const value = Buffer.from(
      JSON.stringify({ name: 'late@example.com', pgp_key: made.privateArmor }),
    ).toString('base64');
    const now = Date.now;
    onTestFinished(() => {
      Date.now = now;
    });
    Date.now = () => now() - 301_000;
    const error = await system(client(value).node(node))
      .hostname()
      .catch((cause: unknown) => cause);
    Date.now = now;
    expect(error).toMatchObject({ status: 'unauthenticated', reason: 'invalid signature' });
    expect((error as { hint: string }).hint).toContain('five minutes');
    expect((await omni.seen()).at(-1)?.error).toContain('timestamp');
    Date.now = () => now() - 290_000;
    await system(client(value).node(node)).hostname();
  });

  test('by a key that the front does not know are refused', async () => {
    const { privateArmor } = makeKey({ userId: 'a <a@b.c>', lifetimeSeconds: 60, now: Date.now() });
    const value = Buffer.from(JSON.stringify({ name: 'a@b.c', pgp_key: privateArmor })).toString(
      'base64',
    );
    await expect(system(client(value).node(node)).hostname()).rejects.toMatchObject({
      status: 'unauthenticated',
      outcome: 'answered',
    });
  });
});

describe('keys of users', () => {
  /** A talosconfig with a signing context, written by the official code. */
  async function talosconfig() {
    const home = folder();
    const path = join(home, 'config');
    await cluster.talosconfig(
      'prod',
      [
        {
          name: 'prod',
          endpoints: [omni.endpoint],
          bare: true,
          identity: 'anna@example.com',
          cluster: 'demo',
        },
      ],
      path,
    );
    const config = readFileSync(path, 'utf8');
    const ca = Buffer.from(omni.ca).toString('base64');
    writeFileSync(path, config.replace(/^( *)endpoints:/m, `$1ca: ${ca}\n$&`));
    const keys = join(home, 'keys');
    return { env: { HOME: home, TALOSCONFIG: path, SIDEROV1_KEYS_DIR: keys }, keys };
  }

  test('that talosctl wrote sign the calls of a talosconfig', async () => {
    const { env, keys } = await talosconfig();
    const key = await omni.writeKey(keys, 'prod', 'anna@example.com');
    await omni.trust('anna@example.com', key.public);
    await using talos = createTalosClient(await loadTalosconfig({ env }));
    const [seen] = await seenOf(() => system(talos.node(node)).hostname());
    expect(seen).toMatchObject({
      error: '',
      key: key.fingerprint,
      identity: 'anna@example.com',
      metadata: { context: ['demo'], runtime: ['Talos'] },
    });
  });

  test('of a login are taken by the official code, and read by it from their file', async () => {
    const { env, keys } = await talosconfig();
    const logins: LoginRequest[] = [];
    const login = async (request: LoginRequest) => {
      logins.push(request);
      await omni.confirm(request.fingerprint);
    };
    await using talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login } }));
    const ask = () => system(talos.node(node)).hostname();
    const stream = logs(talos.node(node)).logs({ namespace: 'system', id: 'apid', tailLines: 5 });
    const [seen] = await seenOf(async () => {
      await Promise.all([ask(), ask(), stream.next()]);
      await stream.return();
    });
    expect(logins).toHaveLength(1);
    const [{ url, fingerprint }] = logins as [LoginRequest];
    expect(url).toBe(`https://omni.example/authenticate?public-key-id=${fingerprint}`);
    expect(seen).toMatchObject({ error: '', key: fingerprint });
    expect(await omni.readKey(keys, 'prod', 'anna@example.com')).toMatchObject({ fingerprint });
    const path = join(keys, 'prod-anna@example.com.pgp');
    expect(readSigningKey(readFileSync(path, 'utf8')).fingerprint).toBe(fingerprint);
  });

  test('that the front forgot are renewed once, for calls and for streams', async () => {
    const { env } = await talosconfig();
    let logins = 0;
    const login = async ({ fingerprint }: LoginRequest) => {
      logins += 1;
      await omni.confirm(fingerprint);
    };
    await using talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login } }));
    await system(talos.node(node)).hostname();
    await omni.forgetKeys();
    const chunks = await collect(
      logs(talos.node(node)).logs({ namespace: 'system', id: 'apid', tailLines: 5 }),
    );
    expect(chunks.length).toBeGreaterThan(0);
    await omni.forgetKeys();
    await lifecycle(talos.node(node)).reboot({ mode: 'DEFAULT' });
    await omni.forgetKeys();
    await system(talos.node(node)).memory();
    expect(logins).toBe(4);
    await omni.trust(name, account.public);
  });

  test('that are refused again and again end the call after one login', async () => {
    const { env } = await talosconfig();
    let logins = 0;
    const login = async ({ fingerprint }: LoginRequest) => {
      logins += 1;
      await omni.confirm(fingerprint);
    };
    await using talos = createTalosClient(await loadTalosconfig({ env, siderov1: { login } }));
    await system(talos.node(node)).hostname();
    await omni.refuse(2);
    await expect(system(talos.node(node)).hostname()).rejects.toMatchObject({
      status: 'unauthenticated',
    });
    expect(logins).toBe(2);
  });
});
