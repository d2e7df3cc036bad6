import { fromBytes, toBytes } from 'talos-client/wire';
import type { ServerCall } from '../base/calls/context.js';
import { ServerStatus } from '../base/calls/status.js';
import { until } from '../base/time/until.js';
import type { Accounts } from './accounts.js';
import { decodeKeyId, decodeRegisterRequest, encodeRegisterResponse } from './auth-messages.js';
import { OpenPgpError, type PublicKey, readPublicKey } from './public-key.js';

/** The longest that keys of users may last, in seconds: eight hours, and a minute for clocks. */
const LONGEST_LIFETIME = 8 * 3600 + 60;

/** What the service needs of Omni. */
export interface AuthParts {
  readonly accounts: Accounts;
  /** Seconds since 1970. */
  now(): number;
  /** Where the key with this fingerprint is confirmed. */
  urlOf(fingerprint: string): string;
  /** A user asks to log in. */
  began(fingerprint: string, identity: string): void;
}

/** Answers a call of `auth.AuthService`: the one message that goes back. */
export async function authReply(
  call: ServerCall,
  request: Uint8Array,
  parts: AuthParts,
): Promise<Uint8Array> {
  switch (call.path) {
    case '/auth.AuthService/RegisterPublicKey':
      return register(request, parts);
    case '/auth.AuthService/AwaitPublicKeyConfirmation':
      return awaitConfirmation(request, call.signal, parts.accounts);
    case '/auth.AuthService/RevokePublicKey':
      parts.accounts.revoke(fromBytes(decodeKeyId, request).id);
      return new Uint8Array();
    default:
      throw new ServerStatus('unimplemented', `the simulated Omni has no ${call.path}`);
  }
}

function register(request: Uint8Array, { accounts, now, urlOf, began }: AuthParts): Uint8Array {
  const { pgpData, email } = fromBytes(decodeRegisterRequest, request);
  const key = readKey(Buffer.from(pgpData).toString());
  const seconds = now();
  const end = key.createdAt + key.lifetime;
  if (key.lifetime === 0 || end > seconds + LONGEST_LIFETIME) {
    throw new ServerStatus('invalid-argument', 'key lifetime is too long');
  }
  if (end < seconds) throw new ServerStatus('invalid-argument', 'key expired');
  if (key.email !== email) {
    throw new ServerStatus('invalid-argument', 'the identity of the key is another one');
  }
  accounts.register(key, email, false);
  began(key.fingerprint, email);
  const reply = { url: urlOf(key.fingerprint), id: key.fingerprint };
  return toBytes(encodeRegisterResponse, reply);
}

function readKey(armored: string): PublicKey {
  try {
    return readPublicKey(armored);
  } catch (error) {
    if (!(error instanceof OpenPgpError)) throw error;
    throw new ServerStatus('invalid-argument', `invalid public key: ${error.message}`);
  }
}

/** Waits for a confirmation without a limit of its own, as Omni does. */
async function awaitConfirmation(
  request: Uint8Array,
  signal: AbortSignal,
  accounts: Accounts,
): Promise<Uint8Array> {
  const { id } = fromBytes(decodeKeyId, request);
  const end = await until(
    () => {
      const registered = accounts.find(id);
      if (registered === undefined) return 'gone';
      return registered.confirmed ? 'confirmed' : undefined;
    },
    (again) => accounts.onChange(again),
    signal,
  );
  if (end === 'gone') throw new ServerStatus('not-found', 'there is no such key');
  return new Uint8Array();
}
