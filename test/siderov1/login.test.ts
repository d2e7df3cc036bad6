import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { logs } from '../../generated/features/logs.js';
import { system } from '../../generated/features/system.js';
import { TalosClosedError } from '../../src/runtime/errors/closed-error.js';
import { TalosProtocolError } from '../../src/runtime/errors/protocol-error.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import type { LoginRequest } from '../../src/siderov1/index.js';
import { readSigningKey } from '../../src/siderov1/openpgp/read-key.js';
import type { KeySource } from '../../src/siderov1/signer.js';
import { configErrorOf, temporaryDirectory } from '../talosconfig/support.js';
import { freshKey } from './support/keys.js';
import { answered, clientOf, type Seen } from './support/omni.js';

const node = '10.0.0.2';
const register = 'auth.AuthService/RegisterPublicKey';
const confirm = 'auth.AuthService/AwaitPublicKeyConfirmation';
const keyName = 'prod-anna@example.com.pgp';
const loginUrl = 'https://omni.example/authenticate?flow=cli&public-key-id=1';

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Rejects with the reason of the first signal of a call, as transports do. */
function untilAborted({ call }: Seen): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of call.signals) {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }
  });
}

/** Omni and a user: keys count once `confirmed` resolves. */
async function setting(
  login: (request: LoginRequest) => void | Promise<void>,
  { confirmed = Promise.resolve(), url = loginUrl, now = Date.now, timeoutMs = 60_000 } = {},
) {
  const directory = join(await temporaryDirectory(), 'keys');
  const source: KeySource = {
    kind: 'user',
    identity: 'anna@example.com',
    context: 'prod',
    directories: [directory],
    login: { login, timeoutMs },
  };
  const known = new Set<string>();
  const answer = async (seen: Seen) => {
    if (seen.rpc === register) return { loginUrl: url, publicKeyId: 'id' };
    if (seen.rpc === confirm) {
      await Promise.race([confirmed, untilAborted(seen)]);
      known.add((seen.request as { publicKeyId: string }).publicKeyId);
      return undefined;
    }
    if (seen.key === undefined || !known.has(seen.key))
      throw answered(seen.call, 'unauthenticated');
    return { hostname: 'cp-1' };
  };
  const { talos, omni } = clientOf(source, answer, now);
  const ask = (signal?: AbortSignal) => system(talos.node(node)).hostname({}, { signal });
  return { directory, file: join(directory, keyName), talos, omni, ask, known };
}

describe('a login', () => {
  it('makes a key, registers it, shows the address, and goes on when it is confirmed', async () => {
    const requests: LoginRequest[] = [];
    const { ask, omni, file } = await setting((request) => {
      requests.push(request);
      expect(request.signal.aborted).toBe(false);
    });
    expect(await ask()).toEqual({ hostname: 'cp-1' });
    expect(omni.seen.map(({ rpc, key }) => [rpc, key !== undefined])).toEqual([
      [register, false],
      [confirm, false],
      ['machine.MachineService/Hostname', true],
    ]);
    const [registered, awaited, signed] = omni.seen as [Seen, Seen, Seen];
    const { pgpData, email } = registered.request as { pgpData: Uint8Array; email: string };
    const theirs = await readKey({ armoredKey: Buffer.from(pgpData).toString() });
    expect(theirs.isPrivate()).toBe(false);
    expect(theirs.getFingerprint()).toBe(signed.key);
    expect(email).toBe('anna@example.com');
    expect(theirs.getUserIDs()).toEqual([
      `talos-client (${process.platform}/${process.arch}) <anna@example.com>`,
    ]);
    const key = readSigningKey(await readFile(file, 'utf8'));
    expect(key.fingerprint).toBe(signed.key);
    expect((key.expiresAt?.getTime() ?? 0) - key.createdAt.getTime()).toBe(4 * 3600 * 1000);
    expect(awaited.request).toEqual({ publicKeyId: signed.key });
    expect(awaited.call.timeoutMs).toBe(60_000);
    const [request] = requests;
    expect(requests).toHaveLength(1);
    expect(request).toMatchObject({
      url: loginUrl,
      identity: 'anna@example.com',
      fingerprint: signed.key,
    });
    expect(request?.signal.aborted).toBe(true);
  });

  it('is not needed again while the key lasts, nor by a sibling', async () => {
    let logins = 0;
    const { ask, talos } = await setting(() => {
      logins += 1;
    });
    await ask();
    await ask();
    await system(talos.sibling().node(node)).hostname();
    expect(logins).toBe(1);
  });

  it('happens once for all calls that need it at the same time, streams too', async () => {
    let logins = 0;
    const { ask, talos, omni } = await setting(() => {
      logins += 1;
    });
    const stream = logs(talos.node(node)).dmesg();
    await Promise.allSettled([ask(), ask(), stream.next(), ask()]);
    expect(logins).toBe(1);
    expect(omni.seen.filter(({ rpc }) => rpc === register)).toHaveLength(1);
  });

  it('happens when Omni refuses a key that looks fine, and the call goes on', async () => {
    let logins = 0;
    const { ask, file, directory } = await setting(() => {
      logins += 1;
    });
    await mkdir(directory);
    const refused = freshKey();
    await writeFile(file, refused.privateArmor);
    expect(await ask()).toEqual({ hostname: 'cp-1' });
    expect(logins).toBe(1);
    expect(await readFile(file, 'utf8')).not.toBe(refused.privateArmor);
  });

  it('happens once per call: a new key that is refused too ends the call', async () => {
    let logins = 0;
    const { ask, known, omni } = await setting(() => {
      logins += 1;
    });
    known.add = () => known;
    const error = await ask().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ status: 'unauthenticated' });
    expect((error as TalosRpcError).hint).toContain('log in again');
    expect(logins).toBe(1);
    expect(omni.seen.filter(({ key }) => key !== undefined)).toHaveLength(1);
  });

  it('leaves no file behind when it is not confirmed', async () => {
    const never = new Promise<void>(() => {});
    const refusal = new Error('no browser here');
    const { ask, directory } = await setting(
      () => {
        throw refusal;
      },
      { confirmed: never },
    );
    await expect(ask()).rejects.toBe(refusal);
    expect(await readdir(directory)).toEqual([]);
  });

  it('fails with the error of the function that shows the address, now or later', async () => {
    const never = new Promise<void>(() => {});
    const refusal = new Error('closed the window');
    const signals: AbortSignal[] = [];
    const { ask } = await setting(
      async ({ signal }) => {
        signals.push(signal);
        await Promise.resolve();
        throw refusal;
      },
      { confirmed: never },
    );
    await expect(ask()).rejects.toBe(refusal);
    expect(signals[0]?.aborted).toBe(true);
    await expect(ask()).rejects.toBe(refusal);
    expect(signals).toHaveLength(2);
  });

  it('goes on when it is confirmed, although the function that shows the address does not return', async () => {
    const { ask } = await setting(() => new Promise<void>(() => {}));
    expect(await ask()).toEqual({ hostname: 'cp-1' });
  });

  it('ends for a call with the signal of that call, and goes on for the others', async () => {
    const { promise, resolve } = deferred();
    const shown = deferred();
    let logins = 0;
    const { ask } = await setting(
      () => {
        logins += 1;
        shown.resolve();
      },
      { confirmed: promise },
    );
    const controller = new AbortController();
    const reason = new Error('enough');
    const one = ask(controller.signal);
    const two = ask();
    await shown.promise;
    controller.abort(reason);
    await expect(one).rejects.toBe(reason);
    resolve();
    expect(await two).toEqual({ hostname: 'cp-1' });
    expect(logins).toBe(1);
  });

  it('ends when nobody waits for it any more', async () => {
    const signals: AbortSignal[] = [];
    const shown = deferred();
    const { ask, omni } = await setting(
      ({ signal }) => {
        signals.push(signal);
        shown.resolve();
      },
      { confirmed: new Promise<void>(() => {}) },
    );
    const controller = new AbortController();
    const call = ask(controller.signal);
    await shown.promise;
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(signals[0]?.aborted).toBe(true);
    expect(omni.seen.at(-1)?.rpc).toBe(confirm);
  });

  it('is begun anew by a client whose sibling began it and was closed', async () => {
    const directory = join(await temporaryDirectory(), 'keys');
    let logins = 0;
    const shown = deferred();
    const source: KeySource = {
      kind: 'user',
      identity: 'anna@example.com',
      context: 'prod',
      directories: [directory],
      login: {
        login: () => {
          logins += 1;
          shown.resolve();
        },
        timeoutMs: 1000,
      },
    };
    const closing = deferred();
    const { talos } = clientOf(source, async ({ rpc }) => {
      if (rpc === register) return { loginUrl, publicKeyId: '' };
      if (rpc !== confirm) return { hostname: 'cp-1' };
      if (logins > 1) return undefined;
      await closing.promise;
      throw new TalosClosedError();
    });
    const sibling = talos.sibling();
    const one = system(sibling.node(node)).hostname();
    await shown.promise;
    const two = system(talos.node(node)).hostname();
    closing.resolve();
    await expect(one).rejects.toBeInstanceOf(TalosClosedError);
    expect(await two).toEqual({ hostname: 'cp-1' });
    expect(logins).toBe(2);
  });

  it.each(['', 'javascript:alert(1)', 'file:///etc/passwd', 'omni.example/login'])(
    'does not show an address that is no web page: %j',
    async (url) => {
      let logins = 0;
      const { ask } = await setting(
        () => {
          logins += 1;
        },
        { url },
      );
      const error = await ask().catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(TalosProtocolError);
      expect((error as Error).message).toContain('no web address');
      expect(logins).toBe(0);
    },
  );

  it('asks nobody to log in where the key could not be kept', async () => {
    let logins = 0;
    const { ask, directory, omni } = await setting(() => {
      logins += 1;
    });
    await writeFile(directory, 'a file where the folder should be');
    const error = await configErrorOf(() => ask());
    expect(error.message).toContain('cannot be');
    expect(logins).toBe(0);
    expect(omni.seen).toEqual([]);
  });

  it('asks nobody to log in for a key that is of another kind', async () => {
    let logins = 0;
    const { ask, directory, file } = await setting(() => {
      logins += 1;
    });
    await mkdir(directory);
    await writeFile(file, freshKey().publicArmor);
    expect((await configErrorOf(() => ask())).message).toContain('PUBLIC KEY BLOCK');
    expect(logins).toBe(0);
  });

  it('says that nobody confirmed it when its time is over', async () => {
    const directory = join(await temporaryDirectory(), 'keys');
    const source: KeySource = {
      kind: 'user',
      identity: 'anna@example.com',
      context: 'prod',
      directories: [directory],
      login: { login: () => {}, timeoutMs: 1000 },
    };
    const { talos } = clientOf(source, async ({ rpc, call }) => {
      if (rpc === register) return { loginUrl, publicKeyId: '' };
      throw answered(call, 'deadline-exceeded', 'no reply within 1000 ms');
    });
    const error = await system(talos.node(node))
      .hostname()
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TalosRpcError);
    expect(error).toMatchObject({ status: 'deadline-exceeded', rpc: confirm });
    expect((error as TalosRpcError).hint).toContain(
      'nobody confirmed the login of anna@example.com',
    );
  });

  it('gives the error with which Omni refuses the key', async () => {
    const directory = join(await temporaryDirectory(), 'keys');
    const source: KeySource = {
      kind: 'user',
      identity: 'anna@example.com',
      context: 'prod',
      directories: [directory],
      login: { login: () => {}, timeoutMs: 1000 },
    };
    const { talos } = clientOf(source, async ({ call }) => {
      throw answered(call, 'invalid-argument', 'key lifetime is too long');
    });
    const error = await system(talos.node(node))
      .hostname()
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ status: 'invalid-argument', rpc: register });
    expect((error as TalosRpcError).hint).toMatch(/clock of this machine, which says \d{4}-/);
  });
});
