import { createHash, type KeyObject, sign } from 'node:crypto';
import { ByteReader, length, restOfLength, tags, uint, writeMpi, writePacket } from './packets.js';
import { eddsaLegacy } from './public-key.js';

/** The kinds of signatures that keys are made of (RFC 9580, section 5.2.1). */
export const signatureTypes = {
  /** Over bytes. */
  binary: 0x00,
  /** That an identity belongs to a key: four kinds, from this one on, which mean the same. */
  firstCertification: 0x10,
  lastCertification: 0x13,
  keyRevocation: 0x20,
  certificationRevocation: 0x30,
} as const;

/** The parts of a signature that are read or written (RFC 9580, section 5.2.3.7). */
export const parts = {
  created: 2,
  signatureLifetime: 3,
  keyLifetime: 9,
  ciphers: 11,
  issuerKeyId: 16,
  hashes: 21,
  compression: 22,
  primaryUserId: 25,
  keyFlags: 27,
  features: 30,
  issuerFingerprint: 33,
} as const;

const sha256 = 8;

/** A key that signs, and what signatures say of it. */
export interface SignatureKey {
  readonly privateKey: KeyObject;
  /** 20 bytes. */
  readonly fingerprint: Uint8Array;
}

/** What a signature says, besides who made it. */
export interface SignatureContent {
  readonly type: number;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** More parts that the signature covers, each of a type and a value. */
  readonly parts?: readonly (readonly [type: number, value: Uint8Array])[];
}

/** The packet of a signature over `data`: version 4, EdDSA, SHA-256 (RFC 9580, section 5.2.3). */
export function writeSignature(
  { privateKey, fingerprint }: SignatureKey,
  { type, createdAt, parts: more = [] }: SignatureContent,
  data: Uint8Array,
): Uint8Array {
  const hashed = Buffer.concat([
    part(parts.created, uint(createdAt, 4)),
    ...more.map(([name, value]) => part(name, value)),
    part(parts.issuerFingerprint, Buffer.concat([Buffer.from([4]), fingerprint])),
  ]);
  const covered = Buffer.concat([
    Buffer.from([4, type, eddsaLegacy, sha256]),
    uint(hashed.length, 2),
    hashed,
  ]);
  const digest = createHash('sha256')
    .update(data)
    .update(covered)
    .update(Buffer.from([4, 0xff]))
    .update(uint(covered.length, 4))
    .digest();
  const open = part(parts.issuerKeyId, fingerprint.subarray(-8));
  // In OpenPGP, Ed25519 signs the digest as if it were the message.
  const signature = sign(null, digest, privateKey);
  return writePacket(
    tags.signature,
    Buffer.concat([
      covered,
      uint(open.length, 2),
      open,
      digest.subarray(0, 2),
      writeMpi(signature.subarray(0, 32)),
      writeMpi(signature.subarray(32)),
    ]),
  );
}

function part(type: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([length(value.length + 1), Buffer.from([type]), value]);
}

/** What a signature in a key says: its type, and the values of its covered parts by their type. */
export interface ReadSignature {
  readonly type: number;
  readonly parts: ReadonlyMap<number, Uint8Array>;
}

/**
 * Reads a signature of version 4, without verifying it; `undefined` for one of another version.
 *
 * @throws {KeyFault} when it is cut off
 */
export function readSignature(body: Uint8Array): ReadSignature | undefined {
  const reader = new ByteReader(body);
  if (reader.number(1) !== 4) return undefined;
  const type = reader.number(1);
  reader.take(2);
  const hashed = new ByteReader(reader.take(reader.number(2)));
  const found = new Map<number, Uint8Array>();
  while (hashed.left > 0) {
    const own = new ByteReader(hashed.take(restOfLength(hashed, hashed.number(1))));
    found.set(own.number(1) & 0x7f, own.take(own.left));
  }
  return { type, parts: found };
}

/** The number that a part holds; absent when there is none. */
export function numberIn({ parts: all }: ReadSignature, part: number): number | undefined {
  const value = all.get(part);
  return value?.length === 4 ? new ByteReader(value).number(4) : undefined;
}
