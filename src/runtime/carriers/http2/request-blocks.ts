import type { MetadataInit } from '../../metadata.js';
import type { RequestHeaders } from '../carrier.js';
import { timeoutText } from '../timeout-text.js';
import { encodeFields, type HeaderField } from './hpack/encoder.js';

/** Encoded fields, and what they count for the peer's limit: 32 for each besides its bytes. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly listBytes: number;
}

/** Values that proxies on the way must keep in no table. They are not kept here either. */
const secret = new Set(['authorization', 'x-sidero-signature', 'x-sidero-payload']);

/** So many values of metadata are kept, encoded: enough for the nodes of a large fleet. */
const KEPT_VALUES = 2048;
/** Longer ones hardly come twice. */
const KEPT_LENGTH = 128;

/** What all requests to one endpoint have in common. */
export interface RequestOrigin {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** Whether requests may be compressed. */
  readonly gzip: boolean;
}

/**
 * Makes the blocks of request headers. They are put together from pieces that are encoded once: one
 * for each path, for each value of metadata, and for the deadline that was asked for last. The pieces
 * mean the same in any order and on any connection, since no table is used.
 *
 * Pieces are found by what they hold. To find them by the object of the metadata costs more where calls
 * go to many nodes: each target brings an object of its own, and a `WeakMap` of young objects is slow.
 */
export class RequestBlocks {
  readonly #origin: RequestOrigin;
  readonly #paths = new Map<string, Piece>();
  readonly #fields = new Map<string, Map<string, Piece>>();
  #keptValues = 0;
  #timeout = '';
  #timeoutPiece: Piece | undefined;
  /** What the last block counts for the peer's limit of header lists. */
  listBytes = 0;

  constructor(origin: RequestOrigin) {
    this.#origin = origin;
  }

  /** The pieces of the block for `headers`, in their order. */
  of({ path, metadata, more, timeoutMs }: RequestHeaders): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    this.listBytes = 0;
    this.#add(pieces, this.#path(path));
    if (timeoutMs !== undefined) this.#add(pieces, this.#deadline(timeoutText(timeoutMs)));
    const own = more === undefined ? metadata : { ...metadata, ...more };
    for (const name in own) {
      const values = own[name] as MetadataInit[string];
      if (typeof values === 'string') this.#add(pieces, this.#field(name, values));
      else if (Array.isArray(values)) {
        for (const value of values) this.#add(pieces, encoded(name, value));
      } else this.#add(pieces, encoded(name, values as Uint8Array));
    }
    return pieces;
  }

  #add(pieces: Uint8Array[], { bytes, listBytes }: Piece): void {
    pieces.push(bytes);
    this.listBytes += listBytes;
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
    if (this.#timeoutPiece === undefined || this.#timeout !== text) {
      this.#timeout = text;
      this.#timeoutPiece = piece([['grpc-timeout', text, 'literal']]);
    }
    return this.#timeoutPiece;
  }

  #field(name: string, value: string): Piece {
    if (value.length > KEPT_LENGTH || secret.has(name)) return encoded(name, value);
    let values = this.#fields.get(name);
    if (values === undefined) {
      values = new Map();
      this.#fields.set(name, values);
    }
    let made = values.get(value);
    if (made === undefined) {
      made = encoded(name, value);
      this.#keep(values, value, made);
    }
    return made;
  }

  #keep(values: Map<string, Piece>, value: string, made: Piece): void {
    this.#keptValues += 1;
    if (this.#keptValues > KEPT_VALUES) {
      // What is in use comes again.
      this.#fields.clear();
      this.#keptValues = 0;
      return;
    }
    values.set(value, made);
  }
}

function encoded(name: string, value: string | Uint8Array): Piece {
  const how = secret.has(name) ? 'never' : 'literal';
  return piece([[name, typeof value === 'string' ? value.trim() : base64(value), how]]);
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
