import type { ReceivedMetadata } from '../../metadata.js';
import type { ReceivedFields } from '../carrier.js';

/** Fields that gRPC itself uses, and that are no metadata. */
const own = new Set(['grpc-status', 'grpc-message', 'grpc-encoding', 'grpc-accept-encoding']);

/** Fields that only HTTP/1.1 has (RFC 9113, section 8.2.2). */
const ofConnections = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The fields of one block of headers, in their order: names and values in turn. Each value of a name
 * that comes several times stays by itself.
 */
export class FieldList implements ReceivedFields {
  readonly #fields: readonly string[];

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** The first value of `name` as it came. */
  text(name: string): string | undefined {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
    return undefined;
  }

  first(name: string): string | Uint8Array | undefined {
    const text = this.text(name);
    if (text === undefined || !name.endsWith('-bin')) return text;
    return binaryValues(text)[0];
  }

  all(): ReceivedMetadata {
    const found = new Map<string, (string | Uint8Array)[]>();
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string;
      if (name.startsWith(':') || own.has(name)) continue;
      const value = fields[at + 1] as string;
      const values = name.endsWith('-bin') ? binaryValues(value) : [value];
      const known = found.get(name);
      if (known === undefined) found.set(name, values);
      else known.push(...values);
    }
    return Object.fromEntries(found);
  }

  /**
   * What is malformed in the fields, if anything (RFC 9113, sections 8.2 and 8.3).
   *
   * @param isTrailer whether they are trailers, which have no pseudo-headers
   */
  problem(isTrailer: boolean): string | undefined {
    const fields = this.#fields;
    let statuses = 0;
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string;
      if (name === ':status') {
        if (at > 0) return 'the status is not the first of its headers';
        statuses += 1;
        if (!/^\d{3}$/.test(fields[at + 1] as string)) return 'its status is no HTTP status';
      } else if (!isName(name)) {
        return 'the name of a header is none that HTTP/2 has';
      } else if (!isValue(fields[at + 1] as string)) {
        return 'the value of a header is none that HTTP/2 has';
      }
    }
    if (isTrailer) return statuses > 0 ? 'its trailers have an HTTP status' : undefined;
    return statuses === 1 ? undefined : 'its headers have no HTTP status';
  }
}

const names = new Set(['content-type', 'grpc-status', 'grpc-message']);

function isName(name: string): boolean {
  if (names.has(name)) return true;
  return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name) && !ofConnections.has(name);
}

/** Whether it has no line ends, and no blanks around it (section 8.2.1). */
function isValue(value: string): boolean {
  const last = value.length - 1;
  for (let at = 0; at <= last; at += 1) {
    const code = value.charCodeAt(at);
    if (code > 0x20) continue;
    if (code === 0 || code === 10 || code === 13) return false;
    if ((code === 0x20 || code === 9) && (at === 0 || at === last)) return false;
  }
  return true;
}

/** Several values may come in one line, and each with or without padding. */
function binaryValues(text: string): Uint8Array[] {
  return text.split(',').map((value) => Buffer.from(value, 'base64'));
}

/** The number in `grpc-status`; NaN when it is none. Only `0` itself says that all went well. */
export function statusNumber(text: string): number {
  const number = Number(text);
  return number === 0 && text !== '0' ? Number.NaN : number;
}

/** The text in `grpc-message`: percent-encoded UTF-8. What is not stays as it came. */
export function statusMessage(text: string | undefined): string {
  if (text === undefined || !text.includes('%')) return text ?? '';
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
