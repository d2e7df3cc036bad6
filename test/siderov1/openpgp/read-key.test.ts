import fc from 'fast-check';
import { decryptKey, encryptKey, generateKey, readPrivateKey, revokeKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { readPrivateArmor, writeArmor } from '../../../src/siderov1/openpgp/armor.js';
import { KeyFault } from '../../../src/siderov1/openpgp/key-fault.js';
import { tags, uint, writeMpi, writePacket } from '../../../src/siderov1/openpgp/packets.js';
import { readSigningKey } from '../../../src/siderov1/openpgp/read-key.js';
import { parts, signatureTypes, writeSignature } from '../../../src/siderov1/openpgp/signature.js';
import { armoredKey, ed25519, freshKey, keyOfSeed, secretKeyBody } from '../support/keys.js';
import { vector } from '../support/vector.js';

const userIDs = { name: 'Anna', email: 'anna@example.com' };
/** What Omni and talosctl make. */
const legacy = { type: 'ecc', curve: 'curve25519Legacy' } as const;
const seed = Buffer.alloc(32, 7);

/** The fault with which `armored` is refused. */
function faultOf(armored: string): KeyFault {
  try {
    readSigningKey(armored);
  } catch (error) {
    expect(error).toBeInstanceOf(KeyFault);
    return error as KeyFault;
  }
  throw new Error('the key was read');
}

/** The bytes of a packet with an old header, whose length takes `size` bytes. */
function oldPacket(tag: number, body: Uint8Array, size: 1 | 2 | 4): Uint8Array {
  const header = Buffer.alloc(1 + size);
  header[0] = 0x80 | (tag << 2) | { 1: 0, 2: 1, 4: 2 }[size];
  header.writeUIntBE(body.length, 1, size);
  return Buffer.concat([header, body]);
}

describe('keys that others made', () => {
  it('are read when OpenPGP.js made them of the same kind', async () => {
    const { privateKey } = await generateKey({ userIDs, ...legacy });
    const theirs = await readPrivateKey({ armoredKey: privateKey });
    const ours = readSigningKey(privateKey);
    expect(ours.fingerprint).toBe(theirs.getFingerprint());
    expect(ours.createdAt).toEqual(theirs.getCreationTime());
    expect(ours.expiresAt).toBeUndefined();
  });

  it('are read with their lifetime', async () => {
    const { privateKey } = await generateKey({
      userIDs,
      ...legacy,
      keyExpirationTime: 3600,
    });
    const { createdAt, expiresAt } = readSigningKey(privateKey);
    expect(expiresAt?.getTime()).toBe(createdAt.getTime() + 3_600_000);
  });

  it.each([
    [100, 200],
    [200, 100],
  ])('have the lifetime that their newest signature says (%d, %d)', (...lifetimes) => {
    const body = secretKeyBody({ seed });
    const { fingerprint, createdAt } = readSigningKey(keyOfSeed(seed));
    const key = { privateKey: ed25519(seed), fingerprint: Buffer.from(fingerprint, 'hex') };
    const certifications = lifetimes.map((lifetime) =>
      writeSignature(
        key,
        {
          type: signatureTypes.lastCertification,
          createdAt: createdAt.getTime() / 1000 + lifetime,
          parts: [[parts.keyLifetime, uint(lifetime, 4)]],
        },
        Buffer.from('as it is not verified, what it covers does not matter'),
      ),
    );
    const armored = armoredKey(
      writePacket(tags.secretKey, body),
      writePacket(tags.userId, Buffer.from('anna@example.com')),
      ...certifications,
    );
    expect(readSigningKey(armored).expiresAt?.getTime()).toBe(createdAt.getTime() + 200_000);
  });

  it('run out with the key, or with what the key says of itself, whichever is first', () => {
    const { key, privateArmor } = freshKey('anna@example.com', 1_796_000_000_000, 600);
    expect(readSigningKey(privateArmor).expiresAt).toEqual(key.expiresAt);
    expect(readSigningKey(vector.armored).expiresAt?.toISOString()).toBe(
      '2046-11-25T02:21:46.000Z',
    );
  });

  it.each([
    ['RSA', { type: 'rsa', rsaBits: 2048 } as const],
    ['ECDSA', { type: 'ecc', curve: 'nistP256' } as const],
    ['Ed25519 (RFC 9580)', { type: 'curve25519' } as const],
    ['version 6', { type: 'curve25519', config: { v6Keys: true } } as const],
  ])('are refused with a name and advice when they are of another kind: %s', async (name, kind) => {
    const { privateKey } = await generateKey({ userIDs, ...kind });
    const fault = faultOf(privateKey);
    expect(fault.kind).toBe('unsupported');
    expect(fault.message).toContain(name);
    expect(fault.message).toContain('make a new one with talosctl');
  });

  it('are refused while they have a passphrase, and read without it', async () => {
    const { privateKey } = await generateKey({ userIDs, ...legacy });
    const open = await readPrivateKey({ armoredKey: privateKey });
    const locked = await encryptKey({ privateKey: open, passphrase: 'word' });
    const fault = faultOf(locked.armor());
    expect(fault).toMatchObject({ kind: 'unsupported' });
    expect(fault.message).toContain('locked with a passphrase');
    const unlocked = await decryptKey({ privateKey: locked, passphrase: 'word' });
    expect(readSigningKey(unlocked.armor()).fingerprint).toBe(open.getFingerprint());
  });

  it('are refused when they were revoked', async () => {
    const { privateKey } = await generateKey({ userIDs, ...legacy });
    const key = await readPrivateKey({ armoredKey: privateKey });
    const revoked = await revokeKey({ key, format: 'object' });
    expect(faultOf(revoked.privateKey.armor()).message).toContain('was revoked');
  });

  it('are refused when they are public keys or messages', async () => {
    expect(faultOf(freshKey().publicArmor)).toMatchObject({ kind: 'unsupported' });
    expect(faultOf(freshKey().publicArmor).message).toContain('is a PGP PUBLIC KEY BLOCK');
    expect(faultOf(armoredKey(writePacket(tags.userId, Buffer.from('a')))).message).toContain(
      'does not begin with a private key',
    );
  });
});

describe('the packets of a key', () => {
  const body = secretKeyBody({ seed });
  const { fingerprint } = readSigningKey(keyOfSeed(seed));

  it.each([1, 2, 4] as const)('may have old headers with a length of %d bytes', (size) => {
    expect(readSigningKey(armoredKey(oldPacket(tags.secretKey, body, size))).fingerprint).toBe(
      fingerprint,
    );
  });

  it('may have new headers with lengths of two and five bytes', () => {
    const key = writePacket(tags.secretKey, body);
    for (const length of [191, 192, 8383, 8384, 70_000]) {
      const identity = writePacket(tags.userId, Buffer.alloc(length, 'a'));
      expect(readSigningKey(armoredKey(key, identity)).fingerprint).toBe(fingerprint);
    }
  });

  it.each([
    ['in parts', Buffer.from([0xc0 | tags.secretKey, 0xe1, 1, 2]), 'in parts'],
    ['without a length', Buffer.from([0x80 | (tags.secretKey << 2) | 3, 1, 2]), 'has no length'],
    ['that are none', Buffer.from([0x15, 1, 2]), 'not OpenPGP packets'],
    ['cut off', writePacket(tags.secretKey, body).subarray(0, -1), 'ends too early'],
    ['with no bytes at all', Buffer.from([0xc0 | tags.secretKey]), 'ends too early'],
    ['with no private part', writePacket(tags.secretKey, body.subarray(0, 52)), 'ends too early'],
    ['with a short body', writePacket(tags.secretKey, body.subarray(0, 60)), 'damaged'],
  ])('are refused when they come %s', (_, bytes, reason) => {
    const fault = faultOf(armoredKey(bytes));
    expect(fault.kind).toBe('damaged');
    expect(fault.message).toContain(reason);
  });

  it.each([
    ['a wrong sum', { seed, sum: 1 }, 'checksum of its private part'],
    ['a use of passphrases', { seed, usage: 254 }, 'locked'],
  ])('are refused with %s', (_, init, reason) => {
    const bytes = writePacket(tags.secretKey, secretKeyBody(init));
    expect(faultOf(armoredKey(bytes)).message).toContain(reason);
  });

  it('are refused when the private part belongs to another public part', () => {
    const other = secretKeyBody({ seed: Buffer.alloc(32, 8) });
    const mixed = Buffer.concat([body.subarray(0, 51), other.subarray(51)]);
    expect(faultOf(armoredKey(writePacket(tags.secretKey, mixed))).message).toContain(
      'does not belong to its public part',
    );
  });

  it('are refused when a number is longer than the key', () => {
    const long = writeMpi(Buffer.alloc(33, 9));
    const sum = long.reduce((total, byte) => (total + byte) & 0xffff, 0);
    const tail = Buffer.from([sum >>> 8, sum]);
    const bytes = Buffer.concat([body.subarray(0, 51), Buffer.from([0]), long, tail]);
    expect(faultOf(armoredKey(writePacket(tags.secretKey, bytes))).message).toContain('damaged');
  });

  it('are refused over another curve', () => {
    const bytes = Buffer.from(body);
    bytes[9] = 0x2a;
    expect(faultOf(armoredKey(writePacket(tags.secretKey, bytes))).message).toContain('curve');
  });
});

describe('the armor of a key', () => {
  const { fingerprint } = vector;
  const lines = vector.armored.split('\n');

  it.each([
    ['CR LF', vector.armored.replaceAll('\n', '\r\n')],
    ['CR alone', vector.armored.replaceAll('\n', '\r')],
    ['no checksum', lines.filter((line) => !line.startsWith('=')).join('\n')],
    ['headers', [lines[0], 'Comment: mine', 'Version: 1', ...lines.slice(1)].join('\n')],
    ['text around it', `mine:\n\n${vector.armored}\nthe end`],
    ['blanks at the ends of lines', vector.armored.replaceAll('\n', ' \t\n')],
    ['a line without a last line end', vector.armored.trimEnd()],
    ['a body in one line', vector.armored.replace(/(?<=[\w+/])\n(?=[\w+/])/g, '')],
  ])('may have %s', (_, text) => {
    expect(readSigningKey(text).fingerprint).toBe(fingerprint);
  });

  it.each([
    ['nothing', '', 'no line begins'],
    ['no armor', 'c2VjcmV0', 'no line begins'],
    ['no last line', lines.slice(0, -2).join('\n'), 'its last line'],
    ['a wrong checksum', vector.armored.replace('=VriL', '=VriM'), 'checksum is wrong'],
    ['a checksum that is none', vector.armored.replace('=VriL', '=Vr'), 'checksum is wrong'],
    [
      'an empty body',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n-----END PGP PRIVATE KEY BLOCK-----',
      'base64',
    ],
    ['letters that are not base64', vector.armored.replace('xVgE', 'xV-E'), 'base64'],
    ['a letter too few', vector.armored.replace('xVgE', 'xVg'), 'base64'],
    ['a line too few', [...lines.slice(0, 4), ...lines.slice(5)].join('\n'), 'checksum is wrong'],
    ['endless text', 'a'.repeat(300_000), 'longer than'],
  ])('is refused with %s', (_, text, reason) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ kind: 'damaged' });
    expect(fault.message).toContain(reason);
  });

  it('that is written is read again, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const text = writeArmor('PGP PRIVATE KEY BLOCK', bytes);
        expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(64);
        expect(Buffer.from(readPrivateArmor(text))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('a hostile key', () => {
  const bytes = Buffer.from(readPrivateArmor(vector.armored));

  /** It is read, or refused with a fault; nothing else, and no secret is in the fault. */
  function isHandled(text: string): void {
    try {
      readSigningKey(text);
    } catch (error) {
      expect(error).toBeInstanceOf(KeyFault);
      expect((error as Error).message).not.toMatch(/a46b6e0357b255|pGtuA1eyVf/i);
    }
  }

  it('with changed, missing or added bytes is a fault or a key, never anything else', () => {
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      remove: fc.nat(3),
      add: fc.uint8Array({ maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let mutated = bytes;
        for (const { at, remove, add } of changes) {
          const start = Math.min(at, mutated.length);
          mutated = Buffer.concat([
            mutated.subarray(0, start),
            add,
            mutated.subarray(start + remove),
          ]);
        }
        isHandled(writeArmor('PGP PRIVATE KEY BLOCK', mutated));
      }),
      { numRuns: 2000 },
    );
  });

  it('that is cut off anywhere is a fault or a key', () => {
    for (let end = 0; end < bytes.length; end += 1) {
      isHandled(writeArmor('PGP PRIVATE KEY BLOCK', bytes.subarray(0, end)));
    }
  });

  it('of arbitrary bytes, or with an arbitrary text for armor, is a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        faultOf(writeArmor('PGP PRIVATE KEY BLOCK', any));
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (any) => {
        faultOf(any);
        faultOf(
          `-----BEGIN PGP PRIVATE KEY BLOCK-----\n${any}\n-----END PGP PRIVATE KEY BLOCK-----`,
        );
      }),
    );
  });
});
