import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Bytes that are no OpenPGP key or signature of the kind that Omni takes. */
export class OpenPgpError extends Error {
  override readonly name = 'OpenPgpError';
}

/**
 * The public key of a user or service account. This reads OpenPGP with code of its own, not with
 * that of the client: a mistake of the client is to be found here.
 */
export interface PublicKey {
  /** 40 hexadecimal digits. */
  readonly fingerprint: string;
  /** The e-mail address in its identity. */
  readonly email: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Seconds that it lasts; 0 for ever. */
  readonly lifetime: number;
  /** Why `signature` is not one over `data` by this key; absent when it is. */
  problemOf(data: Uint8Array, signature: Uint8Array): string | undefined;
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/**
 * Reads an armored public key, and verifies what it says of itself.
 *
 * @throws {OpenPgpError} when it is none
 */
export function readPublicKey(armored: string): PublicKey {
  const [, base64 = ''] =
    /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?\r?\n\r?\n([^=-]+={0,2})/.exec(armored) ?? [];
  const [key, userId, certification] = packetsOf(Buffer.from(base64, 'base64'));
  if (key?.tag !== 6 || userId?.tag !== 13 || certification?.tag !== 2) {
    throw new OpenPgpError('no public key with an identity and a signature');
  }
  const { body } = key;
  // EdDSA, Ed25519, and 263 bits that begin with 0x40.
  if (body[0] !== 4 || body.subarray(5, 19).toString('hex') !== '16092b06010401da470f01010740') {
    throw new OpenPgpError('not an EdDSA key of version 4');
  }
  const hashed = Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length]), body]);
  const point = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: body.subarray(19).toString('base64url') },
    format: 'jwk',
  });
  const identity = Buffer.concat([Buffer.from([0xb4]), uint32(userId.body.length), userId.body]);
  const own = readSignature(certification.body);
  if (own.type < 0x10 || own.type > 0x13 || !own.isOver(point, Buffer.concat([hashed, identity]))) {
    throw new OpenPgpError('the key is not signed by itself');
  }
  const createdAt = body.readUInt32BE(1);
  return {
    fingerprint: createHash('sha1').update(hashed).digest('hex'),
    email: /<([^<>]+)>$/.exec(userId.body.toString())?.[1] ?? '',
    createdAt,
    lifetime: own.numbers.get(9) ?? 0,
    problemOf(data, bytes) {
      const [packet] = packetsOf(bytes);
      if (packet?.tag !== 2) return 'it is no OpenPGP signature';
      const signature = readSignature(packet.body);
      if (signature.type !== 0) return 'it is no signature over bytes';
      if ((signature.numbers.get(2) ?? 0) < createdAt) return 'it is older than its key';
      return signature.isOver(point, Buffer.from(data)) ? undefined : 'it is over other bytes';
    },
  };
}

/** Hash functions by their numbers in OpenPGP. */
const hashes: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512' };

function readSignature(body: Buffer) {
  const [version, type = 0xff, algorithm, hash = 0] = body;
  const name = hashes[hash];
  if (version !== 4 || algorithm !== 22 || name === undefined) {
    throw new OpenPgpError('not an EdDSA signature of version 4');
  }
  const end = 6 + body.readUInt16BE(4);
  const covered = body.subarray(0, end);
  /** The covered parts that are numbers: times and lifetimes, by their type. */
  const numbers = new Map<number, number>();
  for (let at = 6; at < end; ) {
    // The parts that matter are short.
    const length = body[at] as number;
    if (length > 191) throw new OpenPgpError('a part of the signature is too long');
    if (length === 5) numbers.set((body[at + 1] as number) & 0x7f, body.readUInt32BE(at + 2));
    at += 1 + length;
  }
  const rest = end + 2 + body.readUInt16BE(end);
  const first = rest + 2;
  const r = mpi(body, first);
  const s = mpi(body, first + 2 + r.length);
  const tail = Buffer.concat([Buffer.from([4, 0xff]), uint32(covered.length)]);
  return {
    type,
    numbers,
    isOver(key: KeyObject, data: Buffer): boolean {
      const digest = createHash(name).update(data).update(covered).update(tail).digest();
      if (!digest.subarray(0, 2).equals(body.subarray(rest, rest + 2))) return false;
      return verify(null, digest, key, Buffer.concat([padded(r), padded(s)]));
    },
  };
}

function mpi(body: Buffer, at: number): Buffer {
  if (at + 2 > body.length) throw new OpenPgpError('the signature is cut off');
  return body.subarray(at + 2, at + 2 + ((body.readUInt16BE(at) + 7) >> 3));
}

function padded(number: Buffer): Buffer {
  if (number.length > 32) throw new OpenPgpError('a number of the signature is too long');
  return Buffer.concat([Buffer.alloc(32 - number.length), number]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The packets of a public key or a signature, in the new format, as both clients write them. */
function packetsOf(bytes: Uint8Array): Packet[] {
  const buffer = Buffer.from(bytes);
  const packets: Packet[] = [];
  for (let at = 0; at < buffer.length; ) {
    const tag = buffer[at] as number;
    let length = buffer[at + 1] ?? 0;
    let start = at + 2;
    if (tag < 0xc0) throw new OpenPgpError('no OpenPGP packets');
    if (length === 255) {
      length = buffer.readUInt32BE(at + 2);
      start = at + 6;
    } else if (length > 191) {
      length = ((length - 192) << 8) + (buffer[at + 2] ?? 0) + 192;
      start = at + 3;
    }
    if (start + length > buffer.length) throw new OpenPgpError('a packet is cut off');
    packets.push({ tag: tag & 0x3f, body: buffer.subarray(start, start + length) });
    at = start + length;
  }
  return packets;
}
