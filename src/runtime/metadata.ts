import { TalosConfigError } from './errors/config-error.js';
import { isBytes } from './protobuf/bytes.js';

/**
 * Headers or trailers that came with a call: lower-case names, each with all its values. Names
 * that end in `-bin` have bytes, all others have text.
 */
export type ReceivedMetadata = Readonly<Record<string, readonly (string | Uint8Array)[]>>;

/**
 * Metadata to send: one or several values per name. Names that end in `-bin` take bytes, all others
 * take printable ASCII text. Names are lower case. Those that HTTP/2 and gRPC use themselves are
 * refused, such as `host`, `connection`, `user-agent` and every name that begins with `grpc-`.
 */
export type MetadataInit = Readonly<
  Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>
>;

/**
 * Names that HTTP/2 and gRPC keep for themselves: those of a connection, which RFC 9113 forbids in
 * a request (8.2.2), `host` and `content-length`, which say what the frames say (8.3.1, 8.1.1), and
 * what gRPC sets in each call. Pseudo-headers begin with a colon, which no name here may hold.
 */
const reserved = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

function isReserved(name: string): boolean {
  return reserved.has(name) || name.startsWith('grpc-');
}

/**
 * Checks that `metadata` can be sent, and returns it.
 *
 * @throws {TalosConfigError} when a name or a value cannot be sent in a header. The error names the
 * header, and never shows its value.
 */
export function checkMetadata(metadata: MetadataInit, field: string): MetadataInit {
  for (const [name, values] of Object.entries(metadata)) {
    if (!/^[0-9a-z_.-]+$/.test(name) || isReserved(name)) {
      throw new TalosConfigError(
        `${field}: ${JSON.stringify(name)} cannot be a metadata name (lower-case letters, digits, ` +
          '"-", "_" and "."; not the names that HTTP/2 and gRPC use themselves)',
        { field: `${field}.${name}` },
      );
    }
    const binary = name.endsWith('-bin');
    for (const value of Array.isArray(values) ? values : [values]) {
      if (binary ? isBytes(value) : isHeaderText(value)) continue;
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

/** Whether `value` can be the value of a text header. */
export function isHeaderText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x20-\x7e]*$/.test(value);
}
