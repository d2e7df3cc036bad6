import { inspect } from 'node:util';
import fc from 'fast-check';
import { createMessage, readKey, readSignature, verify } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { readSigningKey } from '../../../src/siderov1/openpgp/read-key.js';
import type { SigningKey } from '../../../src/siderov1/openpgp/signing-key.js';
import { freshKey, keyOfSeed } from '../support/keys.js';
import { vector } from '../support/vector.js';

/** Whether OpenPGP.js takes `signature` as one over `data` by the key of `publicArmor`. */
async function isTaken(
  publicArmor: string,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const result = await verify({
    message: await createMessage({ binary: data }),
    signature: await readSignature({ binarySignature: signature }),
    verificationKeys: await readKey({ armoredKey: publicArmor }),
  });
  const [first] = result.signatures;
  return first === undefined ? false : first.verified.catch(() => false);
}

function sign(key: SigningKey, text: string, now = Date.now()): Uint8Array {
  return key.sign(Buffer.from(text), now);
}

describe('a signature', () => {
  it('is byte for byte the one that the official library verified', () => {
    const key = readSigningKey(vector.armored);
    expect(key.fingerprint).toBe(vector.fingerprint);
    const signature = sign(key, vector.payload, vector.createdAt * 1000);
    expect(Buffer.from(signature).toString('base64')).toBe(vector.signature);
  });

  it('is verified by OpenPGP.js, whatever is signed, and not for other bytes', async () => {
    const { key, publicArmor } = freshKey();
    const now = Date.now();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (data) => {
        const signature = key.sign(data, now);
        expect(await isTaken(publicArmor, data, signature)).toBe(true);
        const other = Buffer.concat([data, Buffer.from([0])]);
        expect(await isTaken(publicArmor, other, signature)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('is right where its numbers begin with zeros, which OpenPGP leaves out', async () => {
    const { key, publicArmor } = freshKey();
    const now = Date.now();
    const full = sign(key, 'a', now).length;
    const short: Uint8Array[] = [];
    const texts: string[] = [];
    for (let at = 0; short.length < 8; at += 1) {
      const signature = sign(key, `${at}`, now);
      // A whole byte is missing in one of the two numbers.
      if (signature.length >= Math.max(full, 119)) continue;
      short.push(signature);
      texts.push(`${at}`);
    }
    for (const [at, signature] of short.entries()) {
      expect(await isTaken(publicArmor, Buffer.from(texts[at] as string), signature)).toBe(true);
    }
  });

  it('is not dated before its key, since such signatures are refused', async () => {
    const now = Date.now();
    const { key, publicArmor } = freshKey('anna@example.com', now);
    const early = sign(key, 'text', now - 60_000);
    expect(early).toEqual(sign(key, 'text', now));
    expect(await isTaken(publicArmor, Buffer.from('text'), early)).toBe(true);
  });
});

describe('a key', () => {
  it('that OpenPGP.js reads has the identity, the fingerprint and the lifetime that it was made with', async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const made = freshKey('anna@example.com', now, 3600);
    const read = await readKey({ armoredKey: made.publicArmor });
    expect(read.getFingerprint()).toBe(made.key.fingerprint);
    expect(read.getUserIDs()).toEqual(['test (here) <anna@example.com>']);
    expect(await read.getExpirationTime()).toEqual(new Date(now + 3_600_000));
    await read.verifyPrimaryKey();
    expect(made.key.createdAt).toEqual(new Date(now));
    expect(made.key.expiresAt).toEqual(new Date(now + 3_600_000));
  });

  it('that is read again is the same key', () => {
    const { key, privateArmor } = freshKey();
    const again = readSigningKey(privateArmor);
    expect(again).toMatchObject({
      fingerprint: key.fingerprint,
      createdAt: key.createdAt,
      expiresAt: key.expiresAt,
    });
    expect(sign(again, 'text', 0)).toEqual(sign(key, 'text', 0));
  });

  it.each([0, 1, 2, 5, 31])('whose private number begins with %d zero bytes is read', (zeros) => {
    const seed = Buffer.concat([Buffer.alloc(zeros), Buffer.alloc(32 - zeros, 0x5a)]);
    expect(readSigningKey(keyOfSeed(seed)).fingerprint).toMatch(/^[\da-f]{40}$/);
  });

  it('of any seed is read, and signs as Ed25519 says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const one = readSigningKey(keyOfSeed(seed));
        expect(sign(one, 'text', 0)).toEqual(sign(readSigningKey(keyOfSeed(seed)), 'text', 0));
      }),
      { numRuns: 50 },
    );
  });

  it('shows its fingerprint when it is logged, and nothing else', () => {
    const { key } = freshKey();
    expect(inspect(key, { depth: 9 })).toBe(`{ fingerprint: '${key.fingerprint}' }`);
    const all = inspect(key, { depth: 9, showHidden: true, customInspect: false });
    expect(all).not.toContain('PrivateKey');
    expect(JSON.stringify(key)).not.toContain('rivate');
  });
});
