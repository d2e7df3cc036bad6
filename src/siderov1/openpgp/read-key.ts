import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readPrivateArmor } from './armor.js';
import { damaged, unsupported } from './key-fault.js';
import { ByteReader, type Packet, readPackets, tags } from './packets.js';
import {
  ed25519Oid,
  eddsaLegacy,
  fingerprintOf,
  pointPrefix,
  publicKeyBody,
} from './public-key.js';
import { numberIn, parts, type ReadSignature, readSignature, signatureTypes } from './signature.js';
import { SigningKey } from './signing-key.js';

const advice = 'make a new one with talosctl, omnictl or the login of this library';

/** Algorithms of OpenPGP keys, by number. */
const algorithms: Readonly<Record<number, string>> = {
  1: 'RSA',
  2: 'RSA (encryption only)',
  3: 'RSA (signing only)',
  16: 'Elgamal',
  17: 'DSA',
  18: 'ECDH',
  19: 'ECDSA',
  25: 'X25519',
  26: 'X448',
  27: 'Ed25519 (RFC 9580)',
  28: 'Ed448',
};

/**
 * Reads an armored private key of the kind that Omni and talosctl make: version 4, EdDSA over
 * Ed25519, without a passphrase. Its primary key signs; subkeys are passed over.
 *
 * @throws {KeyFault} when it is another kind of key, has a passphrase, was revoked, or lost bytes
 */
export function readSigningKey(armored: string): SigningKey {
  const [primary, ...rest] = readPackets(readPrivateArmor(armored));
  if (primary?.tag !== tags.secretKey) throw damaged('it does not begin with a private key');
  const { createdAt, privateKey, point } = readSecretKey(primary.body);
  const fingerprint = fingerprintOf(publicKeyBody(createdAt, point));
  const validity = latestCertification(rest, fingerprint);
  return new SigningKey({
    privateKey,
    fingerprint,
    createdAt,
    expiresAt: validity && endOf(validity, createdAt),
  });
}

interface SecretKey {
  readonly createdAt: number;
  readonly privateKey: KeyObject;
  /** The 32 bytes of the public key. */
  readonly point: Uint8Array;
}

/** Reads the body of a secret key packet (RFC 9580, sections 5.5.3 and 5.5.5.4). */
function readSecretKey(body: Uint8Array): SecretKey {
  const reader = new ByteReader(body);
  const version = reader.number(1);
  if (version !== 4) {
    throw unsupported(
      `is an OpenPGP key of version ${version}, and Omni takes version 4: ${advice}`,
    );
  }
  const createdAt = reader.number(4);
  const algorithm = reader.number(1);
  if (algorithm !== eddsaLegacy) {
    const name = algorithms[algorithm] ?? `algorithm number ${algorithm}`;
    throw unsupported(`is an OpenPGP key for ${name}, and only EdDSA is supported: ${advice}`);
  }
  if (!ed25519Oid.equals(reader.take(ed25519Oid.length))) {
    throw unsupported(`is an OpenPGP key for EdDSA over another curve than Ed25519: ${advice}`);
  }
  const point = reader.mpi();
  if (point.length !== 33 || point[0] !== pointPrefix) throw damaged('its public part is no point');
  if (reader.number(1) !== 0) {
    throw unsupported('is locked with a passphrase: remove the passphrase, or make a new one');
  }
  const secret = reader.take(reader.left - 2);
  const sum = secret.reduce((total, byte) => (total + byte) & 0xffff, 0);
  if (reader.number(2) !== sum) throw damaged('the checksum of its private part is wrong');
  const seed = new ByteReader(secret).mpi();
  const privateKey = seed.length <= 32 ? privateKeyOf(seed) : undefined;
  if (privateKey === undefined || !publicPointOf(privateKey).equals(point.subarray(1))) {
    throw damaged('its private part does not belong to its public part');
  }
  return { createdAt, privateKey, point: point.subarray(1) };
}

/** PKCS#8 (RFC 8410) up to the 32 bytes of the key. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key of a seed, whose leading zeros are missing in OpenPGP's numbers. */
function privateKeyOf(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([pkcs8, Buffer.alloc(32 - seed.length), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of the public key. */
export function publicPointOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** The newest signature with which the key says what holds for it. */
function latestCertification(
  packets: readonly Packet[],
  fingerprint: Buffer,
): ReadSignature | undefined {
  let latest: ReadSignature | undefined;
  for (const { tag, body } of packets) {
    // What follows a subkey is about that subkey.
    if (tag !== tags.signature && tag !== tags.userId) break;
    const signature = tag === tags.signature ? readSignature(body) : undefined;
    if (signature === undefined || !isBy(signature, fingerprint)) continue;
    const { type } = signature;
    if (type === signatureTypes.keyRevocation || type === signatureTypes.certificationRevocation) {
      throw unsupported(`was revoked: ${advice}`);
    }
    const isCertification =
      type >= signatureTypes.firstCertification && type <= signatureTypes.lastCertification;
    if (isCertification && createdIn(signature) >= createdIn(latest)) latest = signature;
  }
  return latest;
}

/** Whether the key itself made the signature, as far as the signature says. */
function isBy({ parts: all }: ReadSignature, fingerprint: Buffer): boolean {
  const issuer = all.get(parts.issuerFingerprint);
  const keyId = all.get(parts.issuerKeyId);
  if (issuer !== undefined) return fingerprint.equals(issuer.subarray(1));
  return keyId === undefined || fingerprint.subarray(-8).equals(keyId);
}

function createdIn(signature: ReadSignature | undefined): number {
  return (signature && numberIn(signature, parts.created)) ?? 0;
}

/** When the key, or what it says of itself, runs out. A lifetime of 0 has no end. */
function endOf(signature: ReadSignature, keyCreatedAt: number): number | undefined {
  const ends = [
    [keyCreatedAt, numberIn(signature, parts.keyLifetime)],
    [createdIn(signature), numberIn(signature, parts.signatureLifetime)],
  ].flatMap(([start = 0, lifetime = 0]) => (lifetime === 0 ? [] : [start + lifetime]));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
