import { describe, expect, it } from 'vitest';
import { createTalosClient, TalosConfigError } from '../../../src/index.js';
import { siderov1 } from '../../../src/siderov1/index.js';
import type { Asking } from '../../../src/siderov1/keys/keys.js';
import { serviceAccount } from '../../../src/siderov1/keys/service-account.js';
import { configErrorOf, printed } from '../../talosconfig/support.js';
import { freshKey, serviceAccountValue } from '../support/keys.js';

const field = 'SIDERO_SERVICE_ACCOUNT_KEY';
const nobody = {} as Asking;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('the key of a service account', () => {
  it('gives its identity and its key', () => {
    const { key, privateArmor } = freshKey();
    const account = serviceAccount(serviceAccountValue(privateArmor), field, Date.now);
    expect(account.identity).toBe('ci@serviceaccount.omni.sidero.dev');
    expect(account.current?.fingerprint).toBe(key.fingerprint);
    expect(account.ready(nobody)).toBeUndefined();
  });

  it('may stand on several lines, and hold a key with CR LF', () => {
    const { key, privateArmor } = freshKey();
    const value = serviceAccountValue(privateArmor.replaceAll('\n', '\r\n'));
    const lines = `${value.replace(/.{60}/g, '$&\n')}\n`;
    const account = serviceAccount(lines, field, Date.now);
    expect(account.current?.fingerprint).toBe(key.fingerprint);
  });

  it('is never renewed, whatever happens to it', async () => {
    const account = serviceAccount(serviceAccountValue(), field, Date.now);
    account.distrust(account.current?.fingerprint ?? '');
    expect(account.ready(nobody)).toBeUndefined();
    expect(await account.renewed(account.current?.fingerprint ?? '', nobody)).toBe(false);
  });

  it('that ran out is an error with the time, before anything is sent', async () => {
    const made = Math.floor(Date.now() / 1000) * 1000;
    const { privateArmor } = freshKey('ci@example.com', made, 3600);
    let now = made + 3_599_999;
    const account = serviceAccount(serviceAccountValue(privateArmor), field, () => now);
    expect(account.ready(nobody)).toBeUndefined();
    now = made + 3_600_000;
    const error = await configErrorOf(() => account.ready(nobody));
    expect(error).toMatchObject({ field });
    expect(error.message).toContain('expired at');
    expect(error.message).toContain(new Date(now).toISOString());
    expect(error.message).toContain('omnictl serviceaccount renew');
  });

  it('from the future is an error about the clock, and not one of a few minutes', async () => {
    const made = Math.floor(Date.now() / 1000) * 1000;
    const { privateArmor } = freshKey('ci@example.com', made);
    let now = made - 299_000;
    const account = serviceAccount(serviceAccountValue(privateArmor), field, () => now);
    expect(account.ready(nobody)).toBeUndefined();
    now = made - 301_000;
    const error = await configErrorOf(() => account.ready(nobody));
    expect(error.message).toContain(
      `the clock of this machine says ${new Date(now).toISOString()}`,
    );
    expect(error.message).toContain('five minutes');
  });

  it.each([
    ['is empty', '', 'is set, but empty'],
    ['is blank', ' \n', 'is set, but empty'],
    ['is no base64', 'SECRET!', 'must be base64'],
    ['is JSON', '{"name":"SECRET"}', 'must be base64'],
    ['is base64 of no JSON', base64('SECRET {'), 'base64 of JSON'],
    ['is base64 of a list', base64('["SECRET"]'), 'a JSON object'],
    ['is base64 of null', base64('null'), 'a JSON object'],
    ['has no name', base64('{"pgp_key":"SECRET"}'), '`name` in it must be the e-mail'],
    ['has an empty name', serviceAccountValue('SECRET', ''), '`name` in it is empty'],
    ['has a name with a space', serviceAccountValue('SECRET', 'a SECRET'), 'must hold no space'],
    ['has a name that is not ASCII', serviceAccountValue('SECRET', 'ä'), 'printable ASCII'],
    ['has no key', base64('{"name":"a@b"}'), '`pgp_key` in it is missing'],
    ['has a key that is none', serviceAccountValue('SECRET'), 'the OpenPGP key in it is damaged'],
    ['has a public key', serviceAccountValue(freshKey().publicArmor), 'is a PGP PUBLIC KEY BLOCK'],
  ])(
    'that %s is an error that names where it came from, and shows nothing of it',
    async (_, value, reason) => {
      const error = await configErrorOf(() => serviceAccount(value, field, Date.now));
      expect(error.message).toContain(`${field}: `);
      expect(error.message).toContain(reason);
      expect(error.field).toBe(field);
      for (const shown of [printed(error), printed(error.cause)]) {
        expect(shown).not.toContain('SECRET');
        expect(shown).not.toContain(base64('SECRET').slice(0, 6));
      }
    },
  );
});

describe('siderov1()', () => {
  it('shows no key when its credentials or a client with them are logged', () => {
    const { privateArmor } = freshKey();
    const serviceAccountKey = serviceAccountValue(privateArmor);
    const credentials = siderov1({ serviceAccountKey });
    const talos = createTalosClient({ endpoints: ['https://omni.example'], credentials });
    for (const value of [credentials, talos, talos.node('10.0.0.2')]) {
      const shown = printed(value);
      expect(shown).not.toContain(serviceAccountKey.slice(0, 40));
      expect(shown).not.toContain(privateArmor.split('\n')[2]);
    }
    expect(credentials.kind).toBe('siderov1');
  });

  // biome-ignore lint/suspicious/noExplicitAny: as JavaScript passes it.
  const call = (options: any) => configErrorOf(() => siderov1(options));
  const user = { identity: 'anna@example.com', context: 'prod', keysDirectories: ['/keys'] };

  it.each([
    ['nothing', undefined, 'expected an object such as { serviceAccountKey }'],
    ['an empty object', {}, 'serviceAccountKey: is missing'],
    ['an unknown option', { serviceAccountKy: '' }, 'did you mean serviceAccountKey?'],
    [
      'a key and a user',
      { serviceAccountKey: serviceAccountValue(), identity: 'a@b' },
      'identity: ',
    ],
    ['an identity with a space', { ...user, identity: 'a b' }, 'identity: must hold no space'],
    ['an identity with a line end', { ...user, identity: 'a\nb' }, 'identity: must hold no space'],
    ['a context with a slash', { ...user, context: '../prod' }, 'context: "../prod" is part of'],
    ['a context with a backslash', { ...user, context: 'a\\b' }, 'context: '],
    ['no context', { ...user, context: undefined }, 'context: must be the name'],
    ['no folder', { ...user, keysDirectories: [] }, 'keysDirectories: name at least one'],
    ['a folder alone', { ...user, keysDirectories: '/keys' }, 'keysDirectories: '],
    ['a login that is no function', { ...user, login: 'yes' }, 'login: '],
    ['a time that is none', { ...user, loginTimeoutMs: 0 }, 'loginTimeoutMs'],
    ['a CA that is none', { ...user, ca: 'SECRET' }, 'ca: '],
  ])('refuses %s', async (_, options, reason) => {
    const error = await call(options);
    expect(error).toBeInstanceOf(TalosConfigError);
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('SECRET');
  });
});
