import { createPrivateKey, type KeyObject } from 'node:crypto';
import { writeArmor } from '../../../src/siderov1/openpgp/armor.js';
import { makeKey } from '../../../src/siderov1/openpgp/make-key.js';
import { tags, uint, writeMpi, writePacket } from '../../../src/siderov1/openpgp/packets.js';
import { publicKeyBody } from '../../../src/siderov1/openpgp/public-key.js';
import { publicPointOf } from '../../../src/siderov1/openpgp/read-key.js';

/** The Ed25519 key of 32 bytes. */
export function ed25519(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** What to put into a secret key packet. */
export interface SecretKeyInit {
  readonly seed: Uint8Array;
  readonly createdAt?: number;
  readonly usage?: number;
  readonly sum?: number;
}

/** The body of the packet of a private key with a known seed. */
export function secretKeyBody({ seed, createdAt = 1_796_000_000, usage = 0, sum }: SecretKeyInit) {
  const secret = writeMpi(seed);
  const total = secret.reduce((before, byte) => (before + byte) & 0xffff, 0);
  return Buffer.concat([
    publicKeyBody(createdAt, publicPointOf(ed25519(seed))),
    Buffer.from([usage]),
    secret,
    uint(sum ?? total, 2),
  ]);
}

/** An armored private key of these packets. */
export function armoredKey(...packets: readonly Uint8Array[]): string {
  return writeArmor('PGP PRIVATE KEY BLOCK', Buffer.concat(packets));
}

/** An armored private key with a known seed, and nothing but the key. */
export function keyOfSeed(seed: Uint8Array): string {
  return armoredKey(writePacket(tags.secretKey, secretKeyBody({ seed })));
}

/** A key that can sign now, for four hours. */
export function freshKey(
  identity = 'anna@example.com',
  now = Date.now(),
  lifetimeSeconds = 14_400,
) {
  return makeKey({ userId: `test (here) <${identity}>`, lifetimeSeconds, now });
}

/** The value of a service account, as Omni shows it. */
export function serviceAccountValue(
  pgpKey: string = freshKey('ci@example.com').privateArmor,
  name: unknown = 'ci@serviceaccount.omni.sidero.dev',
): string {
  return Buffer.from(JSON.stringify({ name, pgp_key: pgpKey })).toString('base64');
}
