import { statusCode } from 'talos-client/carrier';
import { toBytes } from 'talos-client/wire';
import { encodeStatus } from '../../../generated/shared.js';
import type { CallMetadata } from './context.js';
import { type ServerStatus, toStatus } from './status.js';

/** Headers that belong to HTTP/2 and gRPC and are no metadata. */
const notMetadata = /^(:|grpc-|content-type$|te$|user-agent$|accept-encoding$|content-length$)/;

/**
 * The metadata of a call. Takes the headers as they came, name after value: Node joins values of
 * the same name with commas otherwise.
 */
export function readMetadata(rawHeaders: readonly string[]): CallMetadata {
  const metadata = new Map<string, (string | Uint8Array)[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    if (notMetadata.test(name)) continue;
    const values = metadata.get(name) ?? [];
    if (name.endsWith('-bin')) {
      for (const part of value.split(',')) values.push(Buffer.from(part.trim(), 'base64'));
    } else {
      values.push(value);
    }
    metadata.set(name, values);
  }
  return metadata;
}

const unitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The milliseconds in a `grpc-timeout` header; absent when it is none. */
export function readTimeout(value: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value ?? '');
  if (match === null) return undefined;
  return Number(match[1]) * (unitsMs[match[2] as string] as number);
}

/** The trailers that a call ends with: those of a failing status, or of one that went well. */
export function trailersOf(status: ServerStatus | undefined): Record<string, string | string[]> {
  if (status === undefined) return { 'grpc-status': '0' };
  const trailers: Record<string, string | string[]> = {
    'grpc-status': String(statusCode(status.status)),
    'grpc-message': percentEncoded(status.message),
  };
  for (const [name, values] of Object.entries(statusTrailers(status))) {
    trailers[name] = values.map((value) =>
      typeof value === 'string' ? value : Buffer.from(value).toString('base64'),
    );
  }
  return trailers;
}

/** The metadata that goes with a failing status: its details, and what the handler added. */
export function statusTrailers(
  status: ServerStatus,
): Readonly<Record<string, readonly (string | Uint8Array)[]>> {
  const trailers: Record<string, readonly (string | Uint8Array)[]> = {};
  if (status.details.length > 0) {
    trailers['grpc-status-details-bin'] = [Buffer.from(toBytes(encodeStatus, toStatus(status)))];
  }
  for (const [name, values] of Object.entries(status.trailers)) {
    trailers[name] = (Array.isArray(values) ? values : [values]) as (string | Uint8Array)[];
  }
  return trailers;
}

/** Text in a header: UTF-8, with everything but printable ASCII, and `%`, as `%XX`. */
function percentEncoded(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
