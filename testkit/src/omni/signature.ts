import type { CallMetadata } from '../base/calls/context.js';
import type { Accounts } from './accounts.js';
import { OpenPgpError } from './public-key.js';

/** How far clocks may be apart, in seconds. */
const SKEW_SECONDS = 300;

/** The metadata that Omni compares with what was signed, under the names it looks them up by. */
const covered = [
  'x-sidero-timestamp',
  'nodes',
  'selectors',
  // No metadata of gRPC has upper case: so a signature that covers a value here is never right.
  'fieldSelectors',
  'runtime',
  'context',
  'cluster',
  'namespace',
  'uid',
  'authorization',
];

/** Who signed a call. */
export interface Caller {
  readonly identity: string;
  readonly fingerprint: string;
}

/** Whether a signature is right, and if not, why: Omni tells its log, not the caller. */
export interface Verdict {
  /** Who signed, as far as the headers say. */
  readonly caller: Caller | undefined;
  readonly problem: string | undefined;
}

/** A call whose signature is to be checked. */
export interface SignedCall {
  readonly path: string;
  readonly metadata: CallMetadata;
}

/**
 * Checks the signature of a call in the order in which Omni does.
 *
 * @param now seconds since 1970 of Omni's clock
 */
export function verdictOn(call: SignedCall, accounts: Accounts, now: number): Verdict {
  const header = textOf(call.metadata, 'x-sidero-signature');
  if (header === undefined) return { caller: undefined, problem: 'there is no signature' };
  const [version, identity = '', fingerprint = '', base64 = ''] = header.split(' ');
  const caller = { identity, fingerprint };
  if (version !== 'siderov1') return { caller, problem: 'the signature is of another version' };
  const signature = Buffer.from(base64, 'base64');
  return { caller, problem: problemOf(call, caller, signature, accounts, now) };
}

function problemOf(
  { path, metadata }: SignedCall,
  { identity, fingerprint }: Caller,
  signature: Buffer,
  accounts: Accounts,
  now: number,
): string | undefined {
  const registered = accounts.find(fingerprint);
  if (registered === undefined) return 'the key is not known';
  if (!registered.confirmed) return 'the key was not confirmed';
  if (registered.identity !== identity) return 'the key is that of somebody else';
  const { createdAt, lifetime } = registered.key;
  if (lifetime > 0 && now > createdAt + lifetime + SKEW_SECONDS) return 'the key has run out';
  const timestamp = textOf(metadata, 'x-sidero-timestamp');
  if (timestamp === undefined || !/^\d+$/.test(timestamp)) return 'there is no timestamp';
  const off = Number(timestamp) - now;
  if (Math.abs(off) > SKEW_SECONDS) return `the clocks are ${Math.round(off)} s apart`;
  const payload = textOf(metadata, 'x-sidero-payload');
  if (payload === undefined) return 'there is no payload';
  const difference = differenceIn(payload, path, metadata);
  if (difference !== undefined) return difference;
  try {
    return registered.key.problemOf(Buffer.from(payload), signature);
  } catch (error) {
    if (error instanceof OpenPgpError) return error.message;
    throw error;
  }
}

/** Where the payload says something else than the call; absent when it does not. */
function differenceIn(payload: string, path: string, metadata: CallMetadata): string | undefined {
  let parsed: { readonly headers?: Record<string, unknown>; readonly method?: unknown };
  try {
    parsed = JSON.parse(payload);
  } catch {
    return 'the payload is not JSON';
  }
  if (parsed.method !== path) return 'the payload is for another method';
  for (const name of covered) {
    const signed = parsed.headers?.[name] ?? undefined;
    const values = metadata.get(name);
    if (JSON.stringify(signed) !== JSON.stringify(values)) {
      return `the payload has another ${name}`;
    }
  }
  return undefined;
}

/** The first value of a name. */
export function textOf(metadata: CallMetadata, name: string): string | undefined {
  const [value] = metadata.get(name) ?? [];
  return value === undefined ? undefined : String(value);
}
