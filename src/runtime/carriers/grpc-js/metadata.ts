import { Metadata } from '@grpc/grpc-js';
import type { MetadataInit, ReceivedMetadata } from '../../metadata.js';
import type { ReceivedFields, RequestHeaders } from '../carrier.js';
import { timeoutText } from '../timeout-text.js';

/** Metadata of a target, and the same with the deadline that was asked for last. */
interface Made {
  readonly plain: Metadata;
  timeout: string;
  timed: Metadata;
}

/** Makes grpc-js' form of metadata, once for each object that it is asked for. */
export class MetadataCache {
  readonly #made = new WeakMap<MetadataInit, Made>();

  /** What to send with a stream. grpc-js clones it. */
  of({ metadata, more, timeoutMs }: RequestHeaders): Metadata {
    let made = this.#made.get(metadata);
    if (made === undefined) {
      const plain = new Metadata();
      add(plain, metadata);
      made = { plain, timeout: '', timed: plain };
      this.#made.set(metadata, made);
    }
    // grpc-js is not told the deadline: it would watch it with a timer of its own, and cancel an
    // upload in a way that looks to the peer like its end.
    const own = timeoutMs === undefined ? made.plain : withTimeout(made, timeoutText(timeoutMs));
    if (more === undefined) return own;
    const changed = own.clone();
    for (const name of Object.keys(more)) changed.remove(name);
    add(changed, more);
    return changed;
  }
}

/** Most calls state the deadline that the one before them had. */
function withTimeout(made: Made, timeout: string): Metadata {
  if (made.timeout !== timeout) {
    made.timed = made.plain.clone();
    made.timed.set('grpc-timeout', timeout);
    made.timeout = timeout;
  }
  return made.timed;
}

function add(metadata: Metadata, init: MetadataInit): void {
  for (const [name, values] of Object.entries(init)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      metadata.add(name, typeof value === 'string' ? value : Buffer.from(value));
    }
  }
}

/** Headers or trailers as grpc-js has them. */
export class GrpcFields implements ReceivedFields {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  first(name: string): string | Uint8Array | undefined {
    return this.#metadata.get(name)[0];
  }

  all(): ReceivedMetadata {
    return Object.fromEntries(Object.entries(this.#metadata.toJSON()));
  }
}

/** Whether it is empty. Metadata that a peer sent never is. */
export function isEmpty(metadata: Metadata): boolean {
  return Object.keys(metadata.toJSON()).length === 0;
}
