import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plaintext } from '../../src/runtime/credentials/plaintext.js';
import type { SideroV1Credentials } from '../../src/siderov1/credentials.js';
import {
  type ClientOptionsInit,
  clientOptions,
  loadTalosconfig,
  parseTalosconfig,
} from '../../src/talosconfig/index.js';
import { freshKey, serviceAccountValue } from '../siderov1/support/keys.js';
import { FakeTransport, readMethod } from '../support/fake-transport.js';
import { configErrorOf, printed, temporaryDirectory } from './support.js';

const keyName = 'prod-anna@example.com.pgp';
const settings = {
  endpoints: ['https://omni.example'],
  identity: 'anna@example.com',
  cluster: 'demo',
};

function contextOf(more: object = {}, name = 'prod') {
  return parseTalosconfig('', { path: '/p' })
    .withContext(name, { ...settings, ...more })
    .context(name);
}

/** Who signs a call with the credentials of a context, and with which key. */
async function signerOf(init: ClientOptionsInit, context = contextOf()) {
  const credentials = clientOptions(context, init).credentials as SideroV1Credentials;
  let signature = '';
  const inner = new FakeTransport(async (call) => {
    const metadata = { runtime: 'Talos' };
    const headers = await credentials.sign({ call, endpoint: '', number: 1, metadata });
    signature = headers['x-sidero-signature'] as string;
  });
  await credentials.over(inner).unary(
    {
      method: readMethod,
      node: undefined,
      metadata: { runtime: 'Talos' },
      signals: [],
      timeoutMs: undefined,
      idleTimeoutMs: undefined,
      onHeaders: undefined,
      onTrailers: undefined,
    },
    {},
  );
  const [, identity, key] = signature.split(' ');
  return { identity, key };
}

/** Service accounts by name, each with a key of its own. */
function account(name: string) {
  const { key, privateArmor } = freshKey(name);
  const signer = { identity: name, key: key.fingerprint };
  return { value: serviceAccountValue(privateArmor, name), signer };
}

/** A folder with the key of the user of the context. */
async function keyIn(...folders: string[]) {
  const directory = join(...folders);
  await mkdir(directory, { recursive: true });
  const { key, privateArmor } = freshKey();
  await writeFile(join(directory, keyName), privateArmor);
  return { identity: 'anna@example.com', key: key.fingerprint };
}

describe('a context for Omni', () => {
  it('gives credentials that sign, and the roots of the system', () => {
    const options = clientOptions(contextOf(), { env: { HOME: '/home/anna' } });
    expect(options).toMatchObject({ endpoints: ['https://omni.example'], cluster: 'demo' });
    expect(options.credentials).toMatchObject({ kind: 'siderov1', certificate: undefined });
  });

  it('signs with a service account: of the option, of Sidero, of Omni, in this order', async () => {
    const [option, sidero, omni] = [account('option@a'), account('sidero@a'), account('omni@a')];
    const env = {
      SIDERO_SERVICE_ACCOUNT_KEY: sidero.value,
      OMNI_SERVICE_ACCOUNT_KEY: omni.value,
    };
    const siderov1 = { serviceAccountKey: option.value };
    expect(await signerOf({ env, siderov1 })).toEqual(option.signer);
    expect(await signerOf({ env })).toEqual(sidero.signer);
    expect(await signerOf({ env: { OMNI_SERVICE_ACCOUNT_KEY: omni.value } })).toEqual(omni.signer);
  });

  it('needs neither identity nor a name for files when a service account signs', async () => {
    const { value, signer } = account('ci@a');
    const env = { SIDERO_SERVICE_ACCOUNT_KEY: value };
    const context = parseTalosconfig(
      'contexts: {"a/b": {endpoints: [e], auth: {siderov1: {}}}}',
    ).context('a/b');
    expect(await signerOf({ env }, context)).toEqual(signer);
  });

  it('looks for the key of a user in the option, in the environment, in the folder of Talos', async () => {
    const home = await temporaryDirectory();
    const option = await keyIn(home, 'option');
    const named = await keyIn(home, 'named');
    const talos = await keyIn(home, 'talos', 'keys');
    const usual = await keyIn(home, '.talos', 'keys');
    const env = {
      HOME: home,
      TALOS_HOME: join(home, 'talos'),
      SIDEROV1_KEYS_DIR: join(home, 'named'),
    };
    expect(await signerOf({ env, siderov1: { keysDirectory: join(home, 'option') } })).toEqual(
      option,
    );
    expect(await signerOf({ env })).toEqual(named);
    expect(await signerOf({ env: { ...env, SIDEROV1_KEYS_DIR: '' } })).toEqual(talos);
    expect(await signerOf({ env: { HOME: home } })).toEqual(usual);
  });

  it('looks in the data folder of the user last, where talosctl kept keys once', async () => {
    const home = await temporaryDirectory();
    const data = await keyIn(home, 'data', 'talos', 'keys');
    const env = { HOME: home, XDG_DATA_HOME: join(home, 'data') };
    expect(await signerOf({ env })).toEqual(data);
    expect(await signerOf({ env, siderov1: { keysDirectory: join(home, 'no') } })).toEqual(data);
    const usual = await keyIn(home, '.talos', 'keys');
    expect(await signerOf({ env })).toEqual(usual);
  });

  it('knows the data folder of each system', async () => {
    const home = await temporaryDirectory();
    const folders: Partial<Record<NodeJS.Platform, string[]>> = {
      darwin: ['Library', 'Application Support'],
      win32: ['AppData', 'Local'],
    };
    const folder = join(home, ...(folders[process.platform] ?? ['.local', 'share']));
    const data = await keyIn(folder, 'talos', 'keys');
    expect(await signerOf({ env: { HOME: home, LOCALAPPDATA: folder } })).toEqual(data);
  });

  it('takes credentials from elsewhere, and then looks for no key', () => {
    const credentials = plaintext();
    expect(clientOptions(contextOf(), { credentials, env: {} }).credentials).toBe(credentials);
  });

  it('says with the first call that a key cannot be used, and where it came from', async () => {
    const value = Buffer.from('{"name":"a@b","pgp_key":"SECRET"}').toString('base64');
    for (const [field, init] of [
      ['OMNI_SERVICE_ACCOUNT_KEY', { env: { OMNI_SERVICE_ACCOUNT_KEY: value } }],
      ['SIDERO_SERVICE_ACCOUNT_KEY', { env: { SIDERO_SERVICE_ACCOUNT_KEY: '' } }],
      ['serviceAccountKey', { siderov1: { serviceAccountKey: value } }],
    ] as const) {
      const error = await configErrorOf(() => signerOf(init));
      expect(error.field).toBe(field);
      expect(error.message).toContain(`${field}: `);
      expect(printed(error)).not.toContain('SECRET');
    }
  });

  it.each([
    ['a name with a slash', {}, '../prod', 'auth.siderov1', 'part of the name of a key file'],
    [
      'a password too',
      { basic: { username: 'a', password: 'SECRET' } },
      'prod',
      'auth.basic',
      'remove auth.basic',
    ],
    [
      'an identity with a space',
      { identity: 'anna b' },
      'prod',
      'auth.siderov1.identity',
      'no space',
    ],
  ])('with %s is an error that names the key', async (_, more, name, key, reason) => {
    const error = await configErrorOf(() =>
      clientOptions(contextOf(more, name), { env: { HOME: '/home/anna' } }),
    );
    expect(error.field).toContain(key);
    expect(error.message).toContain(reason);
    expect(printed(error)).not.toContain('SECRET');
  });

  it.each([
    ['no folder at all', {}, undefined, 'keysDirectory: name the folder'],
    ['an empty folder', { HOME: '/h' }, { keysDirectory: '' }, 'keysDirectory: must not be empty'],
    ['an unknown option', { HOME: '/h' }, { logn: () => {} }, 'did you mean login?'],
    ['a time that is none', { HOME: '/h' }, { loginTimeoutMs: -1 }, 'loginTimeoutMs'],
  ])('with %s is an error about the option', async (_, env, siderov1, reason) => {
    const init = { env, siderov1 } as ClientOptionsInit;
    const error = await configErrorOf(() => clientOptions(contextOf(), init));
    expect(error.message).toContain(reason);
  });

  it('shows no key when the options are logged', () => {
    const { value } = account('ci@a');
    const options = clientOptions(contextOf(), {
      env: { SIDERO_SERVICE_ACCOUNT_KEY: value },
    });
    expect(printed(options)).not.toContain(value.slice(0, 40));
  });
});

describe('the environment', () => {
  /** An environment that notes what is read of it. */
  function watched(values: Record<string, string>) {
    const read = new Set<string>();
    const env = new Proxy(values, {
      get: (target, name) => {
        read.add(String(name));
        return target[String(name)];
      },
    });
    return { env, read };
  }

  it('is not read for the keys of contexts that do not sign', async () => {
    const path = join(await temporaryDirectory(), 'config');
    await writeFile(path, 'context: a\ncontexts: {a: {endpoints: [e]}}');
    const { env, read } = watched({ TALOSCONFIG: path });
    await loadTalosconfig({ env, siderov1: { serviceAccountKey: 'ignored' } });
    for (const name of read) expect(['TALOSCONFIG', 'HOME']).toContain(name);
  });

  it('is read for contexts that sign', async () => {
    const path = join(await temporaryDirectory(), 'config');
    await writeFile(
      path,
      'context: a\ncontexts: {a: {endpoints: [e], auth: {siderov1: {identity: a@b}}}}',
    );
    const { env, read } = watched({ TALOSCONFIG: path, HOME: '/home/anna' });
    const { credentials } = await loadTalosconfig({ env });
    expect(credentials.kind).toBe('siderov1');
    expect([...read]).toEqual(
      expect.arrayContaining([
        'SIDERO_SERVICE_ACCOUNT_KEY',
        'OMNI_SERVICE_ACCOUNT_KEY',
        'SIDEROV1_KEYS_DIR',
      ]),
    );
  });
});
