import { checkWhole } from '../../runtime/carriers/options.js';

/** A login that waits for somebody to confirm it. */
export interface LoginRequest {
  /** The page of Omni to open in a browser, over `https` or `http`. */
  readonly url: string;
  /** The user who has to log in there. */
  readonly identity: string;
  /** The fingerprint of the new key: 40 hexadecimal digits. */
  readonly fingerprint: string;
  /** Aborted when the login is over, confirmed or not. */
  readonly signal: AbortSignal;
}

/**
 * Shows the address of a login to somebody. It may return at once; the call goes on when the login is
 * confirmed. If it throws or rejects, the call fails with that error.
 */
export type Login = (request: LoginRequest) => void | Promise<void>;

/** How to ask somebody to log in. */
export interface LoginOptions {
  readonly login: Login;
  /** Milliseconds until nobody is expected to log in any more. */
  readonly timeoutMs: number;
}

/**
 * The options of a login; absent when nobody can log in.
 *
 * @throws {TalosConfigError} when `loginTimeoutMs` is not a time
 */
export function loginOptions(
  login: Login | undefined,
  loginTimeoutMs = 300_000,
): LoginOptions | undefined {
  checkWhole(loginTimeoutMs, 'loginTimeoutMs', 1, 0x7fff_ffff);
  return login && { login, timeoutMs: loginTimeoutMs };
}
