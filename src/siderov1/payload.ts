import type { MetadataInit } from '../runtime/metadata.js';
import type { SigningKey } from './openpgp/signing-key.js';
import { refuseTraps } from './traps.js';

/** The metadata that a signature covers, besides its timestamp. */
const covered = [
  'authorization',
  'cluster',
  'context',
  'namespace',
  'nodes',
  'runtime',
  'selectors',
  'uid',
] as const;

/** An RPC to sign. */
export interface ToSign {
  /** The HTTP/2 path. */
  readonly path: string;
  /** All metadata that is sent with it. */
  readonly metadata: MetadataInit;
}

/** Who signs, and when. */
export interface By {
  readonly identity: string;
  readonly key: SigningKey;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Calls that begin a login: nobody can sign them yet. */
const unsigned: ReadonlySet<string> = new Set([
  '/auth.AuthService/AwaitPublicKeyConfirmation',
  '/auth.AuthService/ConfirmPublicKey',
  '/auth.AuthService/RegisterPublicKey',
]);

export function isUnsigned(path: string): boolean {
  return unsigned.has(path);
}

/**
 * The headers that sign a call: when it is made, what of it is signed, and by whom. They fit this
 * one attempt: Omni refuses them five minutes later.
 *
 * @throws {TalosConfigError} when the metadata holds, or lacks, what keeps Omni from taking the call
 */
export function signedHeaders({ path, metadata }: ToSign, { identity, key, now }: By) {
  refuseTraps(path, metadata);
  const timestamp = String(Math.floor(now / 1000));
  const headers: Record<string, readonly string[]> = {};
  for (const name of covered) {
    const values = [metadata[name] ?? []].flat() as readonly string[];
    // Omni tells no values from a list without values.
    if (values.length > 0) headers[name] = values;
  }
  headers['x-sidero-timestamp'] = [timestamp];
  const payload = JSON.stringify({ headers, method: path });
  const signature = Buffer.from(key.sign(Buffer.from(payload), now)).toString('base64');
  return {
    'x-sidero-timestamp': timestamp,
    'x-sidero-payload': payload,
    'x-sidero-signature': `siderov1 ${identity} ${key.fingerprint} ${signature}`,
  };
}
