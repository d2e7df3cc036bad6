import { TalosConfigError } from '../errors/config-error.js';
import { isBytes } from '../protobuf/bytes.js';

/**
 * Certificates or a key: PEM text, its bytes, or either in base64, as a talosconfig has it. Text
 * around and between the blocks is ignored, and line ends may be of any kind.
 */
export type Pem = string | Uint8Array;

/** One block of a PEM text. */
export interface PemBlock {
  /** What the block says it is, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
  /** Whether the block is encrypted with a passphrase. */
  readonly encrypted: boolean;
}

const begin = '-----BEGIN ';

/**
 * Reads the blocks of `value`.
 *
 * @throws {TalosConfigError} naming `field` and what is wrong, without the content
 */
export function readPem(value: Pem, field: string): PemBlock[] {
  const text = toText(value, field);
  const blocks: PemBlock[] = [];
  let position = text.indexOf(begin);
  while (position !== -1) {
    const labelStart = position + begin.length;
    const labelEnd = text.indexOf('-----', labelStart);
    const label = labelEnd === -1 ? '' : text.slice(labelStart, labelEnd);
    const end = `-----END ${label}-----`;
    const bodyEnd = /^[A-Z0-9 ]+$/.test(label) ? text.indexOf(end, labelEnd) : -1;
    if (bodyEnd === -1) {
      throw refuse(
        field,
        `PEM block ${blocks.length + 1} has no end line that fits its first line`,
      );
    }
    const body = text.slice(labelEnd + '-----'.length, bodyEnd);
    blocks.push(readBlock(label, body, field, blocks.length + 1));
    position = text.indexOf(begin, bodyEnd + end.length);
  }
  return blocks;
}

/** An error that names `field`. `reason` must not quote the content. */
export function refuse(field: string, reason: string, cause?: unknown): TalosConfigError {
  return new TalosConfigError(
    `${field}: ${reason}`,
    { field },
    cause === undefined ? undefined : { cause },
  );
}

function readBlock(label: string, body: string, field: string, number: number): PemBlock {
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: *4,ENCRYPTED/m.test(body);
  // Headers such as Proc-Type stand before an empty line; nothing else holds a colon.
  const base64 = (body.includes(':') ? body.replace(/^[\s\S]*?\n\s*\n/, '') : body).replace(
    /\s/g,
    '',
  );
  if (!isBase64(base64)) throw refuse(field, `PEM block ${number} (${label}) is damaged`);
  return { label, der: Buffer.from(base64, 'base64'), encrypted };
}

function toText(value: Pem, field: string): string {
  if (typeof value !== 'string' && !isBytes(value)) {
    throw refuse(field, 'must be PEM text, its bytes, or base64 of it');
  }
  if (value.length === 0) throw refuse(field, 'is empty; leave it out if there is none');
  const text = typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
  if (text.includes(begin)) return text;
  const base64 = text.replace(/\s/g, '');
  if (isBase64(base64)) {
    const decoded = Buffer.from(base64, 'base64').toString('latin1');
    if (decoded.includes(begin)) return decoded;
    if (isDer(decoded))
      throw refuse(field, 'no PEM block found, but base64 of DER: give it as PEM');
  }
  if (isDer(text)) throw refuse(field, 'no PEM block found, but DER: give it as PEM');
  if (/^[~./][^\n]*$|\.(pem|crt|key|cer)$/.test(text.trim())) {
    throw refuse(field, 'no PEM block found, but a file name: give the content of the file');
  }
  throw refuse(field, 'no PEM block found; it must be PEM text, its bytes, or base64 of it');
}

function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/**
 * Whether the text, one character per byte, starts like an ASN.1 SEQUENCE of more than 127 bytes.
 */
function isDer(text: string): boolean {
  return text.charCodeAt(0) === 0x30 && (text.charCodeAt(1) & 0xfc) === 0x80;
}
