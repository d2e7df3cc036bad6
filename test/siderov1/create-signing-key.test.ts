import { describe, expect, it } from 'vitest';
import { createSigningKey } from '../../src/siderov1/index.js';
import { serviceAccount } from '../../src/siderov1/keys/service-account.js';
import { readSigningKey } from '../../src/siderov1/openpgp/read-key.js';
import { configErrorOf, printed } from '../talosconfig/support.js';

describe('createSigningKey', () => {
  it('makes a key that signs for a service account', () => {
    const key = createSigningKey({ identity: 'ci@example.com', lifetimeSeconds: 3600 });
    const account = serviceAccount(key.serviceAccountKey(), 'x', Date.now);
    expect(account.identity).toBe('ci@example.com');
    expect(account.current?.fingerprint).toBe(key.fingerprint);
    const { createdAt, expiresAt } = readSigningKey(key.privateKey());
    expect((expiresAt?.getTime() ?? 0) - createdAt.getTime()).toBe(3_600_000);
    expect(key.publicKey).toContain('PUBLIC KEY BLOCK');
  });

  it('shows nothing secret when the key is logged', () => {
    const key = createSigningKey({ identity: 'ci@example.com', lifetimeSeconds: 3600 });
    const shown = printed(key);
    expect(shown).toContain(key.fingerprint);
    expect(shown).not.toContain('PRIVATE KEY');
    expect(shown).not.toContain(key.serviceAccountKey().slice(0, 40));
  });

  it.each([
    ['no identity', { lifetimeSeconds: 1 }, 'identity'],
    ['an identity with a space', { identity: 'a b', lifetimeSeconds: 1 }, 'identity'],
    ['no lifetime', { identity: 'a@b' }, 'lifetimeSeconds'],
    ['half a second', { identity: 'a@b', lifetimeSeconds: 0.5 }, 'lifetimeSeconds'],
    ['a lifetime of nothing', { identity: 'a@b', lifetimeSeconds: 0 }, 'lifetimeSeconds'],
  ])('refuses %s', async (_, options, field) => {
    const error = await configErrorOf(() =>
      createSigningKey(options as Parameters<typeof createSigningKey>[0]),
    );
    expect(error).toMatchObject({ field });
  });
});
