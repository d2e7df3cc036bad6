import { TalosConfigError } from './errors/config-error.js';

/**
 * Headers or trailers that came with a call: lower-case names, each with all its values. Names
 * that end in `-bin` have bytes, all others text.
 */
export type ReceivedMetadata = Readonly<Record<string, readonly (string | Uint8Array)[]>>;

/**
 * Metadata to send: one value or several per name. Names that end in `-bin` take bytes, all others
 * printable ASCII text.
 */
export type MetadataInit = Readonly<
  Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>
>;

/** Names that HTTP/2 and gRPC keep for themselves. */
const reserved = /^(:|grpc-|content-type$|te$|user-agent$|host$|connection$)/;

/**
 * Returns `metadata` after checking that it can be sent.
 *
 * @throws {TalosConfigError} when a name or a value cannot travel in a header. The error names the
 * header, never its value.
 */
export function checkMetadata(metadata: MetadataInit, field: string): MetadataInit {
  for (const [name, values] of Object.entries(metadata)) {
    if (!/^[0-9a-z_.-]+$/.test(name) || reserved.test(name)) {
      throw new TalosConfigError(
        `${field}: ${JSON.stringify(name)} cannot be a metadata name (lower-case letters, digits, ` +
          '"-", "_" and "."; not the names gRPC uses itself)',
        { field: `${field}.${name}` },
      );
    }
    const binary = name.endsWith('-bin');
    for (const value of Array.isArray(values) ? values : [values]) {
      if (binary ? value instanceof Uint8Array : isHeaderText(value)) continue;
      throw new TalosConfigError(
        `${field}: the value of ${name} must be ${
          binary ? 'a Uint8Array' : 'printable ASCII text; use a name that ends in "-bin" for bytes'
        }`,
        { field: `${field}.${name}` },
      );
    }
  }
  return metadata;
}

/** Whether `value` can be the value of a header that is text. */
export function isHeaderText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x20-\x7e]*$/.test(value);
}
