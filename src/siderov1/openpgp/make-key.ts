import { generateKeyPairSync } from 'node:crypto';
import { writeArmor } from './armor.js';
import { tags, uint, writeMpi, writePacket } from './packets.js';
import { fingerprintOf, hashedKey, publicKeyBody } from './public-key.js';
import { parts, signatureTypes, writeSignature } from './signature.js';
import { SigningKey } from './signing-key.js';

/** A new key, and how others read it. */
export interface MadeKey {
  readonly key: SigningKey;
  /** The armored private key, for a file. Secret. */
  readonly privateArmor: string;
  readonly publicArmor: string;
}

/** Whom a new key is for, and for how long. */
export interface NewKey {
  /** `Name (comment) <email>`. */
  readonly userId: string;
  readonly lifetimeSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Signs, and certifies its own identities. */
const mayCertifyAndSign = 0x03;
const aes256 = 9;
const sha256 = 8;
const zlib = 2;
/** Takes messages whose change is noticed. */
const detectsModification = 0x01;

/** Makes a key of the kind that `readSigningKey` reads, with one identity and no subkey. */
export function makeKey({ userId, lifetimeSeconds, now }: NewKey): MadeKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const createdAt = Math.floor(now / 1000);
  const body = publicKeyBody(createdAt, Buffer.from(x, 'base64url'));
  const fingerprint = fingerprintOf(body);
  const secret = writeMpi(Buffer.from(d, 'base64url'));
  const sum = secret.reduce((total, byte) => (total + byte) & 0xffff, 0);
  const identity = Buffer.from(userId);
  const lifetime = uint(lifetimeSeconds, 4);
  const certification = writeSignature(
    { privateKey, fingerprint },
    {
      type: signatureTypes.lastCertification,
      createdAt,
      parts: [
        [parts.signatureLifetime, lifetime],
        [parts.keyLifetime, lifetime],
        [parts.ciphers, Buffer.from([aes256])],
        [parts.hashes, Buffer.from([sha256])],
        [parts.compression, Buffer.from([zlib])],
        [parts.primaryUserId, Buffer.from([1])],
        [parts.keyFlags, Buffer.from([mayCertifyAndSign])],
        [parts.features, Buffer.from([detectsModification])],
      ],
    },
    Buffer.concat([hashedKey(body), Buffer.from([0xb4]), uint(identity.length, 4), identity]),
  );
  const rest = [writePacket(tags.userId, identity), certification];
  const secretBody = Buffer.concat([body, Buffer.from([0]), secret, uint(sum, 2)]);
  return {
    key: new SigningKey({
      privateKey,
      fingerprint,
      createdAt,
      expiresAt: createdAt + lifetimeSeconds,
    }),
    privateArmor: writeArmor(
      'PGP PRIVATE KEY BLOCK',
      Buffer.concat([writePacket(tags.secretKey, secretBody), ...rest]),
    ),
    publicArmor: writeArmor(
      'PGP PUBLIC KEY BLOCK',
      Buffer.concat([writePacket(tags.publicKey, body), ...rest]),
    ),
  };
}
