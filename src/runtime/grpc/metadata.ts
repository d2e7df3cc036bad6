import { Metadata } from '@grpc/grpc-js';
import { checkMetadata, type MetadataInit, type ReceivedMetadata } from '../metadata.js';

/** Makes grpc-js' form of metadata, once for each object it is asked for. */
export class MetadataCache {
  readonly #made = new WeakMap<MetadataInit, Metadata>();
  readonly #credentials: MetadataInit | undefined;

  /**
   * @param credentials goes with every call that does not set the same names itself
   * @throws {TalosConfigError} when a name or a value in it cannot travel in a header
   */
  constructor(credentials: MetadataInit | undefined) {
    this.#credentials = credentials && checkMetadata(credentials, 'credentials.metadata');
  }

  /**
   * The metadata to send with a call. grpc-js clones it, so it can be shared.
   *
   * @throws {TalosConfigError} when a name or a value cannot travel in a header
   */
  of(metadata: MetadataInit): Metadata {
    const known = this.#made.get(metadata);
    if (known !== undefined) return known;
    const made = toGrpcMetadata({
      ...this.#credentials,
      ...checkMetadata(metadata, 'metadata'),
    });
    this.#made.set(metadata, made);
    return made;
  }
}

function toGrpcMetadata(init: MetadataInit): Metadata {
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(init)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      metadata.add(name, typeof value === 'string' ? value : Buffer.from(value));
    }
  }
  return metadata;
}

/** Headers or trailers as callers see them. */
export function fromGrpcMetadata(metadata: Metadata): ReceivedMetadata {
  return Object.fromEntries(Object.entries(metadata.toJSON()));
}

/** Whether there is nothing in it. What a peer sent always holds something. */
export function isEmpty(metadata: Metadata): boolean {
  return Object.keys(metadata.toJSON()).length === 0;
}
