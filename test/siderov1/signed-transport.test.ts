import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { etcd } from '../../generated/features/etcd.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { logs } from '../../generated/features/logs.js';
import { system } from '../../generated/features/system.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import type { KeySource } from '../../src/siderov1/signer.js';
import { configErrorOf, temporaryDirectory } from '../talosconfig/support.js';
import { freshKey, serviceAccountValue } from './support/keys.js';
import { answered, clientOf, type Seen } from './support/omni.js';

const node = '10.0.0.2';
const account: KeySource = {
  kind: 'service-account',
  value: serviceAccountValue(),
  field: 'serviceAccountKey',
};

/** A user with a key file, which `write` replaces as another program does. */
async function user() {
  const directory = join(await temporaryDirectory(), 'keys');
  await mkdir(directory);
  const write = async (armored: string) =>
    writeFile(join(directory, 'prod-anna@example.com.pgp'), armored);
  const source: KeySource = {
    kind: 'user',
    identity: 'anna@example.com',
    context: 'prod',
    directories: [directory],
    login: undefined,
  };
  return { source, write };
}

/** Answers with a reply to those who sign with `key`, and refuses others. */
function takes(key: () => string, reply: unknown) {
  return ({ call, key: used }: Seen) => {
    if (used !== key()) throw answered(call, 'unauthenticated');
    return reply;
  };
}

async function* replies(...items: readonly unknown[]) {
  yield* items;
}

async function rpcErrorOf(run: () => Promise<unknown>): Promise<TalosRpcError> {
  const error = await run().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(TalosRpcError);
  return error as TalosRpcError;
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('a call that Omni refuses for its signature', () => {
  it('is made once more when the key file holds another key by then', async () => {
    const { source, write } = await user();
    const [old, fresh] = [freshKey(), freshKey()];
    await write(old.privateArmor);
    const { talos, omni } = clientOf(source, async (seen) => {
      if (seen.key === old.key.fingerprint) await write(fresh.privateArmor);
      return takes(() => fresh.key.fingerprint, { hostname: 'cp-1' })(seen);
    });
    expect(await system(talos.node(node)).hostname()).toEqual({ hostname: 'cp-1' });
    expect(omni.seen.map(({ key }) => key)).toEqual([old.key.fingerprint, fresh.key.fingerprint]);
  });

  it('fails with the first error when there is no other key, and says what to do', async () => {
    const { source, write } = await user();
    const { key, privateArmor } = freshKey();
    await write(privateArmor);
    const now = Date.now();
    const { talos, omni } = clientOf(
      source,
      takes(() => 'another', {}),
      () => now,
    );
    const error = await rpcErrorOf(() => system(talos.node(node)).hostname());
    expect(omni.seen).toHaveLength(1);
    expect(error).toMatchObject({ status: 'unauthenticated', outcome: 'answered', node });
    expect(error.reason).toBe('invalid signature');
    for (const part of [
      'anna@example.com',
      key.fingerprint,
      new Date(now).toISOString(),
      'five minutes',
      'log in with talosctl',
    ]) {
      expect(error.hint).toContain(part);
    }
  });

  it('is made once more at most, however many keys appear', async () => {
    const { source, write } = await user();
    await write(freshKey().privateArmor);
    const { talos, omni } = clientOf(source, async ({ call }) => {
      await write(freshKey().privateArmor);
      throw answered(call, 'unauthenticated');
    });
    await rpcErrorOf(() => system(talos.node(node)).hostname());
    expect(omni.seen).toHaveLength(2);
  });

  it('is not made again with a service account', async () => {
    const { talos, omni } = clientOf(
      account,
      takes(() => 'another', {}),
    );
    const error = await rpcErrorOf(() => system(talos.node(node)).hostname());
    expect(omni.seen).toHaveLength(1);
    expect(error.hint).toContain('ci@serviceaccount.omni.sidero.dev');
    expect(error.hint).toContain('omnictl serviceaccount renew');
  });

  it('that acts is made once more too: nothing of it ran', async () => {
    const { source, write } = await user();
    const [old, fresh] = [freshKey(), freshKey()];
    await write(old.privateArmor);
    const { talos, omni } = clientOf(source, async (seen) => {
      await write(fresh.privateArmor);
      return takes(() => fresh.key.fingerprint, undefined)(seen);
    });
    await lifecycle(talos.node(node)).reboot({ mode: 'DEFAULT' });
    expect(omni.seen).toHaveLength(2);
  });

  it('takes the new key of another call, and does not read the file again', async () => {
    const { source, write } = await user();
    const [old, fresh] = [freshKey(), freshKey()];
    await write(old.privateArmor);
    const { talos, omni } = clientOf(source, async (seen) => {
      // Both calls are refused before either is made again.
      if (omni.seen.length <= 2) await write(fresh.privateArmor);
      return takes(() => fresh.key.fingerprint, { hostname: 'cp-1' })(seen);
    });
    const ask = () => system(talos.node(node)).hostname();
    expect(await Promise.all([ask(), ask()])).toHaveLength(2);
    expect(omni.seen.map(({ key }) => key)).toEqual([
      old.key.fingerprint,
      old.key.fingerprint,
      fresh.key.fingerprint,
      fresh.key.fingerprint,
    ]);
  });

  it('is another failure when it is refused for something else', async () => {
    const { talos, omni } = clientOf(account, ({ call }) => {
      throw answered(call, 'not-found', 'no such node');
    });
    const error = await rpcErrorOf(() => system(talos.node(node)).hostname());
    expect(error).toMatchObject({ status: 'not-found', hint: undefined });
    expect(omni.seen).toHaveLength(1);
  });

  it('says which roles there are behind Omni when the node denied it', async () => {
    const { talos } = clientOf(account, ({ call }) => {
      throw answered(call, 'permission-denied', 'not authorized');
    });
    const error = await rpcErrorOf(() => system(talos.node(node)).hostname());
    expect(error.hint).toContain('os:operator');
    expect(error.hint).toContain('API of Omni');
  });

  it('keeps the error of an attempt that this side gave up', async () => {
    const lost = new TalosRpcError('the connection broke', {
      status: 'unauthenticated',
      outcome: 'unknown',
      rpc: 'a',
    });
    const { talos } = clientOf(account, () => {
      throw lost;
    });
    expect(await rpcErrorOf(() => system(talos.node(node)).hostname())).toBe(lost);
  });
});

describe('a stream that Omni refuses for its signature', () => {
  it('starts again when nothing was delivered, and the reader sees one stream', async () => {
    const { source, write } = await user();
    const [old, fresh] = [freshKey(), freshKey()];
    await write(old.privateArmor);
    const { talos, omni } = clientOf(source, async (seen) => {
      await write(fresh.privateArmor);
      return takes(() => fresh.key.fingerprint, replies('a', 'b'))(seen);
    });
    expect(await all(logs(talos.node(node)).dmesg())).toEqual(['a', 'b']);
    expect(omni.seen.map(({ key }) => key)).toEqual([old.key.fingerprint, fresh.key.fingerprint]);
  });

  it('ends with the error, and a hint, when something was delivered', async () => {
    const { source, write } = await user();
    await write(freshKey().privateArmor);
    const { talos, omni } = clientOf(source, async ({ call }) => {
      await write(freshKey().privateArmor);
      async function* once() {
        yield 'a';
        throw answered(call, 'unauthenticated');
      }
      return once();
    });
    const stream = logs(talos.node(node)).dmesg();
    expect(await stream.next()).toEqual({ done: false, value: 'a' });
    const error = await rpcErrorOf(() => stream.next());
    expect(error.hint).toContain('Omni did not take the signature');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(omni.seen).toHaveLength(1);
  });

  it('gives items in order to readers that ask for several at once', async () => {
    const { source, write } = await user();
    const [old, fresh] = [freshKey(), freshKey()];
    await write(old.privateArmor);
    const { talos } = clientOf(source, async (seen) => {
      await write(fresh.privateArmor);
      return takes(() => fresh.key.fingerprint, replies('a', 'b'))(seen);
    });
    const stream = logs(talos.node(node)).dmesg();
    const results = await Promise.all([stream.next(), stream.next(), stream.next()]);
    expect(results.map(({ value }) => value)).toEqual(['a', 'b', undefined]);
  });

  it('fails once when no key helps, and is then over', async () => {
    const { talos } = clientOf(
      account,
      takes(() => 'another', replies('a')),
    );
    const stream = logs(talos.node(node)).dmesg();
    const [one, two] = await Promise.allSettled([stream.next(), stream.next()]);
    expect(one.status).toBe('rejected');
    expect(two).toEqual({ status: 'fulfilled', value: { done: true, value: undefined } });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('is not opened when it was left before its first item', async () => {
    const { talos, omni } = clientOf(account, () => replies('a'));
    const stream = logs(talos.node(node)).dmesg();
    stream.cancel();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(omni.seen).toEqual([]);
  });

  it('ends for its reader at once when it is left while it waits for a key', async () => {
    const { talos, omni } = clientOf(account, () => replies('a'));
    const stream = logs(talos.node(node)).dmesg();
    const next = stream.next();
    await stream.return();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(omni.seen).toEqual([]);
  });

  it('can be read once, like every stream', async () => {
    const { talos } = clientOf(account, () => replies('a'));
    const stream = logs(talos.node(node)).dmesg();
    expect(await all(stream)).toEqual(['a']);
    const error = await configErrorOf(() => stream[Symbol.asyncIterator]());
    expect(error.message).toContain('machine.MachineService/Dmesg can be read once');
  });
});

describe('an upload that Omni refuses for its signature', () => {
  const chunks = [1, 2].map((size) => new Uint8Array(size));
  type Given = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  type Chunks = Given | (() => Given);
  /** The sizes of the chunks that came, read as the transport below reads them. */
  async function sizesOf(requests: Chunks): Promise<number[]> {
    const given = typeof requests === 'function' ? requests() : requests;
    const sizes: number[] = [];
    for await (const request of given) sizes.push(request.length);
    return sizes;
  }
  async function* inTime() {
    yield* chunks;
  }
  /** Recovers etcd from what `give` gives, with a key that another one replaces meanwhile. */
  async function recovered(give: () => Chunks) {
    const { source, write } = await user();
    const [old, fresh] = [freshKey(), freshKey()];
    await write(old.privateArmor);
    const came: number[][] = [];
    const { talos, omni } = clientOf(source, async (seen) => {
      came.push(await sizesOf(seen.request as Chunks));
      await write(fresh.privateArmor);
      return takes(() => fresh.key.fingerprint, undefined)(seen);
    });
    const upload = () => etcd(talos.node(node)).recover(give() as Iterable<Uint8Array>);
    return { upload, came, omni, keys: [old, fresh].map(({ key }) => key.fingerprint) };
  }

  it.each([
    ['a list', () => chunks],
    ['a function that gives a list', () => () => chunks],
    ['a function that gives an iterable', () => () => chunks.values()],
    ['a function that gives an async iterable', () => () => inTime()],
    ['an async generator function', () => inTime],
  ] as const)('is sent again from %s, whole and with another key', async (_, give) => {
    const { upload, came, omni, keys } = await recovered(give);
    await upload();
    expect(omni.seen.map(({ key }) => key)).toEqual(keys);
    expect(came).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it.each([
    ['an iterable', () => chunks.values()],
    ['an async iterable', () => inTime()],
  ] as const)(
    'is not sent again from %s, and the next call looks for another key',
    async (_, give) => {
      const { upload, came, omni, keys } = await recovered(give);
      await rpcErrorOf(upload);
      expect(omni.seen).toHaveLength(1);
      await upload();
      expect(omni.seen.map(({ key }) => key)).toEqual(keys);
      expect(came).toEqual([
        [1, 2],
        [1, 2],
      ]);
    },
  );
});

describe('a call that Omni would not take, or would send anywhere', () => {
  it('is refused when it acts and names no node, with a single endpoint too', async () => {
    const { talos, omni } = clientOf(account, () => undefined);
    const error = await configErrorOf(() => lifecycle(talos).reboot({ mode: 'DEFAULT' }));
    expect(error).toMatchObject({ field: 'node' });
    expect(error.message).toContain('behind Omni');
    expect(error.message).toContain('talos.node(address)');
    await configErrorOf(() => etcd(talos).recover([]));
    expect(omni.seen).toEqual([]);
  });

  it('goes to any node when it reads', async () => {
    const { talos, omni } = clientOf(account, () => ({ hostname: 'cp-1' }));
    expect(await system(talos).hostname()).toEqual({ hostname: 'cp-1' });
    expect(omni.seen).toHaveLength(1);
  });

  it.each([
    ['fieldselectors', { fieldselectors: 'a=b' }],
    ['authorization', { authorization: 'Bearer x' }],
    ['runtime', { runtime: [] }],
  ])('is refused before anything is sent for its metadata: %s', async (name, metadata) => {
    const { talos, omni } = clientOf(account, () => ({}));
    const error = await configErrorOf(() => system(talos.node(node)).hostname({}, { metadata }));
    expect(error.field).toBe(`metadata.${name}`);
    expect(
      await configErrorOf(() => all(logs(talos.node(node)).dmesg({}, { metadata }))),
    ).toMatchObject({
      field: `metadata.${name}`,
    });
    expect(omni.seen).toEqual([]);
  });
});

describe('the key of a user', () => {
  it('that is missing is an error that names the file, and nothing is sent', async () => {
    const { source } = await user();
    const { talos, omni } = clientOf(source, () => ({}));
    const error = await configErrorOf(() => system(talos.node(node)).hostname());
    expect(error.message).toContain('prod-anna@example.com.pgp: there is none');
    expect(error.message).toContain('log in with talosctl or omnictl, or give the option `login`');
    expect(omni.seen).toEqual([]);
    expect((await configErrorOf(() => logs(talos.node(node)).dmesg().next())).path).toBe(
      error.path,
    );
  });

  it('is read when it is needed, and again when it ran out', async () => {
    const { source, write } = await user();
    let now = Date.now();
    const [one, two] = [freshKey('a@b', now, 3600), freshKey('a@b', now + 3_600_000, 3600)];
    await write(one.privateArmor);
    const { talos, omni } = clientOf(
      source,
      () => ({ hostname: 'cp-1' }),
      () => now,
    );
    const ask = () => system(talos.node(node)).hostname();
    await ask();
    await write(two.privateArmor);
    await ask();
    now += 3_600_001;
    await ask();
    expect(omni.seen.map(({ key }) => key)).toEqual([
      one.key.fingerprint,
      one.key.fingerprint,
      two.key.fingerprint,
    ]);
    now += 3_600_000;
    const error = await configErrorOf(ask);
    expect(error.message).toMatch(/signing key .*: expired at .*; log in with talosctl/);
  });
});

describe('a signed transport', () => {
  it('ends the wait for a key with the signal of the call', async () => {
    const { source } = await user();
    const { talos, omni } = clientOf(source, () => ({}));
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(system(talos.node(node)).hostname({}, { signal })).rejects.toBe(reason);
    await expect(logs(talos.node(node)).dmesg({}, { signal }).next()).rejects.toBe(reason);
    expect(omni.seen).toEqual([]);
  });

  it('has the endpoints, the siblings and the end of the one below it', async () => {
    const { talos, omni } = clientOf(account, () => ({ hostname: 'cp-1' }));
    expect(talos.endpoints).toEqual(['omni.example:443']);
    expect(talos.certificate).toBeUndefined();
    const sibling = talos.sibling();
    expect(await system(sibling.node(node)).hostname()).toEqual({ hostname: 'cp-1' });
    expect(omni).toMatchObject({ siblings: 1, seen: [] });
    await configErrorOf(() => lifecycle(sibling).reboot({ mode: 'DEFAULT' }));
    await talos.close();
    expect(omni.closed).toBe(true);
  });
});
