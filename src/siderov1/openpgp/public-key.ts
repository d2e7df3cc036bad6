import { createHash } from 'node:crypto';
import { uint, writeMpi } from './packets.js';

/** The object identifier of Ed25519 in OpenPGP keys of version 4, after its length. */
export const ed25519Oid = Buffer.from('092b06010401da470f01', 'hex');

/** EdDSA as OpenPGP had it before RFC 9580: what Omni and talosctl make. */
export const eddsaLegacy = 22;

/** What marks the public point as one of Ed25519. */
export const pointPrefix = 0x40;

/** The body of the packet of a public key of version 4 (RFC 9580, section 5.5.2.2). */
export function publicKeyBody(createdAt: number, point: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from([4]),
    uint(createdAt, 4),
    Buffer.from([eddsaLegacy]),
    ed25519Oid,
    writeMpi(Buffer.concat([Buffer.from([pointPrefix]), point])),
  ]);
}

/** The public key as hashes cover it (RFC 9580, section 5.2.4). */
export function hashedKey(body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([0x99]), uint(body.length, 2), body]);
}

/** The fingerprint of a public key of version 4: 20 bytes, of which the last 8 are the key id. */
export function fingerprintOf(body: Uint8Array): Buffer {
  return createHash('sha1').update(hashedKey(body)).digest();
}
