import { damaged, unsupported } from './key-fault.js';

/** What an armored block holds, as its first line says. */
export type ArmorLabel = 'PGP PRIVATE KEY BLOCK' | 'PGP PUBLIC KEY BLOCK';

/** Keys are a few hundred bytes; those with many identities and signatures some thousand. */
const LONGEST = 256 * 1024;

/**
 * The bytes of the first armored private key in `text` (RFC 9580, section 6). Text around it, header
 * lines, line ends of any kind and a missing checksum are fine.
 *
 * @throws {KeyFault} when there is none, or it lost some of its bytes
 */
export function readPrivateArmor(text: string): Uint8Array {
  if (text.length > LONGEST) throw damaged(`it is longer than ${LONGEST} characters`);
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trimEnd());
  const start = lines.findIndex((line) => /^-----BEGIN PGP [A-Z ]+-----$/.test(line));
  if (start === -1) throw damaged('no line begins an armored OpenPGP key (-----BEGIN PGP …)');
  const label = (lines[start] as string).slice('-----BEGIN '.length, -'-----'.length);
  if (label !== 'PGP PRIVATE KEY BLOCK') {
    throw unsupported(`is a ${label}: a PGP PRIVATE KEY BLOCK is needed`);
  }
  const end = lines.indexOf(`-----END ${label}-----`, start);
  if (end === -1) throw damaged('its last line (-----END PGP …) is missing');
  const block = lines.slice(start + 1, end);
  const body = block.slice(block.indexOf('') + 1).filter((line) => line !== '');
  const sum = body.at(-1)?.startsWith('=') ? body.pop()?.slice(1) : undefined;
  const bytes = decode(body.join(''));
  if (sum !== undefined && crc24(bytes) !== numberOf(sum)) throw damaged('its checksum is wrong');
  return bytes;
}

/** `bytes` as an armored block, with a checksum, which old programs ask for. */
export function writeArmor(label: ArmorLabel, bytes: Uint8Array): string {
  const body = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  const sum = crc24(bytes);
  const tail = Buffer.from([sum >>> 16, sum >>> 8, sum]).toString('base64');
  return `-----BEGIN ${label}-----\n\n${body}\n=${tail}\n-----END ${label}-----\n`;
}

function decode(body: string): Uint8Array {
  if (body.length % 4 !== 0 || !/^[A-Za-z\d+/]+={0,2}$/.test(body)) {
    throw damaged('its body is not base64');
  }
  return Buffer.from(body, 'base64');
}

/** The number in a checksum line; NaN when there is none. */
function numberOf(sum: string): number {
  return /^[A-Za-z\d+/]{4}$/.test(sum) ? Buffer.from(sum, 'base64').readUIntBE(0, 3) : Number.NaN;
}

/** The checksum of an armored block (RFC 9580, section 6.1.1). */
function crc24(bytes: Uint8Array): number {
  let sum = 0xb704ce;
  for (const byte of bytes) {
    sum ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      sum <<= 1;
      if (sum & 0x1000000) sum ^= 0x1864cfb;
    }
  }
  return sum;
}
