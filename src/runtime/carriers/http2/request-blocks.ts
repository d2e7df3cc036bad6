import type { MetadataInit } from '../../metadata.js';
import type { RequestHeaders } from '../carrier.js';
import { timeoutText } from '../timeout-text.js';
import { encodeFields, type HeaderField } from './hpack/encoder.js';

/** Encoded fields, and what they count for the peer's limit: 32 for each besides its bytes. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly listBytes: number;
}

/** Values that proxies on the way must keep in no table. */
const secret = new Set(['authorization', 'x-sidero-signature', 'x-sidero-payload']);

const nothing: Piece = { bytes: new Uint8Array(0), listBytes: 0 };

/** What all requests to one endpoint have in common. */
export interface RequestOrigin {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** Whether requests may be compressed. */
  readonly gzip: boolean;
}

/**
 * Makes the blocks of request headers. They are put together from pieces that are encoded once: one
 * for each path, for each object of metadata, and for the deadline that was asked for last. The
 * pieces mean the same in any order and on any connection, since no table is used.
 */
export class RequestBlocks {
  readonly #origin: RequestOrigin;
  readonly #paths = new Map<string, Piece>();
  readonly #metadata = new WeakMap<MetadataInit, Piece>();
  #timeout = '';
  #timeoutPiece = nothing;
  /** What the last block counts for the peer's limit of header lists. */
  listBytes = 0;

  constructor(origin: RequestOrigin) {
    this.#origin = origin;
  }

  /** The pieces of the block for `headers`, in their order. */
  of({ path, metadata, more, timeoutMs }: RequestHeaders): readonly Uint8Array[] {
    const first = this.#path(path);
    const timeout = timeoutMs === undefined ? nothing : this.#deadline(timeoutText(timeoutMs));
    const own = more === undefined ? this.#own(metadata) : encode({ ...metadata, ...more });
    this.listBytes = first.listBytes + timeout.listBytes + own.listBytes;
    return [first.bytes, timeout.bytes, own.bytes];
  }

  #path(path: string): Piece {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    const { scheme, authority, gzip } = this.#origin;
    const made = piece([
      [':method', 'POST', 'literal'],
      [':scheme', scheme, 'literal'],
      [':path', path, 'literal'],
      [':authority', authority, 'literal'],
      ['te', 'trailers', 'literal'],
      ['content-type', 'application/grpc', 'literal'],
      ['user-agent', 'talos-client', 'literal'],
      ['grpc-accept-encoding', 'identity,gzip', 'literal'],
      ...(gzip ? ([['grpc-encoding', 'gzip', 'literal']] as const) : []),
    ]);
    this.#paths.set(path, made);
    return made;
  }

  #deadline(text: string): Piece {
    if (this.#timeout !== text) {
      this.#timeout = text;
      this.#timeoutPiece = piece([['grpc-timeout', text, 'literal']]);
    }
    return this.#timeoutPiece;
  }

  #own(metadata: MetadataInit): Piece {
    let made = this.#metadata.get(metadata);
    if (made === undefined) {
      made = encode(metadata);
      this.#metadata.set(metadata, made);
    }
    return made;
  }
}

function encode(metadata: MetadataInit): Piece {
  const fields: HeaderField[] = [];
  for (const [name, values] of Object.entries(metadata)) {
    const how = secret.has(name) ? 'never' : 'literal';
    for (const value of Array.isArray(values) ? values : [values]) {
      fields.push([name, typeof value === 'string' ? value.trim() : base64(value), how]);
    }
  }
  return piece(fields);
}

function piece(fields: readonly HeaderField[]): Piece {
  let listBytes = 0;
  for (const [name, value] of fields) listBytes += name.length + value.length + 32;
  return { bytes: encodeFields(fields), listBytes };
}

/** Without padding, as gRPC sends it. */
function base64(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64').replace(/=+$/, '');
}
