import { TalosProtocolError } from '../../runtime/errors/protocol-error.js';
import { TalosRpcError } from '../../runtime/errors/rpc-error.js';
import { type Method, rpcName } from '../../runtime/method.js';
import type { Transport, TransportCall } from '../../runtime/transport.js';
import { withHint } from '../hints.js';
import { userIdOf } from '../names.js';
import { type MadeKey, makeKey } from '../openpgp/make-key.js';
import { authMethods } from './auth-service.js';
import type { LoginOptions } from './options.js';

/** Who logs in, and through what. */
export interface LoginBy {
  readonly identity: string;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What talosctl and omnictl take too; Omni allows eight hours. */
const LIFETIME_SECONDS = 4 * 60 * 60;
const REGISTER_TIMEOUT_MS = 30_000;

/**
 * Makes a key, registers it with Omni, shows the address of the login, and waits until somebody
 * confirmed it there. None of these calls is signed.
 *
 * @throws {TalosRpcError} when Omni refuses the key, or nobody confirms it in time
 * @throws {TalosProtocolError} when Omni gives no web address to log in at
 * @throws what `login` throws, or rejects with
 */
export async function logIn({ login, timeoutMs }: LoginOptions, by: LoginBy): Promise<MadeKey> {
  const { identity, transport } = by;
  const made = makeKey({
    userId: userIdOf(identity),
    lifetimeSeconds: LIFETIME_SECONDS,
    now: by.now,
  });
  const over = new AbortController();
  const signal = AbortSignal.any([by.signal, over.signal]);
  try {
    const pgpData = Buffer.from(made.publicArmor);
    const register = callOf(authMethods.registerPublicKey, REGISTER_TIMEOUT_MS, signal);
    const { loginUrl } = await transport.unary(register, { pgpData, email: identity });
    checkUrl(loginUrl);
    const { fingerprint } = made.key;
    const shown = (async () => login({ url: loginUrl, identity, fingerprint, signal }))();
    const confirmation = callOf(authMethods.awaitPublicKeyConfirmation, timeoutMs, signal);
    const confirmed = transport.unary(confirmation, { publicKeyId: fingerprint });
    // The one who shows the address may be done long before, or only after, the login.
    await Promise.race([confirmed, shown.then(() => confirmed)]);
    return made;
  } catch (error) {
    throw explained(error, by);
  } finally {
    over.abort(new Error('the login is over'));
  }
}

function callOf<Request, Reply>(
  method: Method<'unary', Request, Reply>,
  timeoutMs: number,
  signal: AbortSignal,
): TransportCall<'unary', Request, Reply> {
  return {
    method,
    node: undefined,
    metadata: {},
    signals: [signal],
    timeoutMs,
    idleTimeoutMs: undefined,
    onHeaders: undefined,
    onTrailers: undefined,
  };
}

/** A program may open the address without looking: it must lead to a web page. */
function checkUrl(loginUrl: string): void {
  if (URL.canParse(loginUrl) && /^https?:$/.test(new URL(loginUrl).protocol)) return;
  throw new TalosProtocolError('Omni gave no web address to log in at', {
    rpc: rpcName(authMethods.registerPublicKey),
  });
}

function explained(error: unknown, { identity, now }: LoginBy): unknown {
  if (!(error instanceof TalosRpcError)) return error;
  switch (error.status) {
    case 'deadline-exceeded':
      return withHint(error, `nobody confirmed the login of ${identity} in time`);
    case 'invalid-argument':
      return withHint(
        error,
        'Omni did not take the new key; it goes by the clock of this machine, which says ' +
          new Date(now).toISOString(),
      );
    default:
      return error;
  }
}
