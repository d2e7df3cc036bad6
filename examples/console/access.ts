import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Who may ask the console something. It listens on loopback, where every user and every web page of
 * the machine gets to. So a request has to come from the page of the console itself, by what browsers
 * say of it, and to carry a token that only the terminal shows.
 */
export class Access {
  /** Of this run of the console. It goes to the page in the fragment of the address: no request has it. */
  readonly token = randomBytes(32).toString('base64url');
  readonly #digest = digestOf(this.token);
  readonly #hosts: readonly string[];

  constructor(port: number) {
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  }

  /** The address to open in a browser. It is a secret. */
  get url(): string {
    return `http://${this.#hosts[0]}/#token=${this.token}`;
  }

  /** Whether a request is for the console, and from no other page. */
  isOwn({ headers }: IncomingMessage): boolean {
    const { host = '', origin } = headers;
    // Another name leads here when somebody else's name server says so (DNS rebinding).
    if (!this.#hosts.includes(host)) return false;
    if (origin !== undefined && origin !== `http://${host}`) return false;
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  }

  /** Whether a request carries the token. */
  hasToken({ headers }: IncomingMessage): boolean {
    const [scheme, given = ''] = (headers.authorization ?? '').split(' ');
    // Digests have one length, so that the time that this takes says nothing of the token.
    return timingSafeEqual(digestOf(given), this.#digest) && scheme === 'Bearer';
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What browsers are told with every answer: to keep nothing, and to run nothing but the page. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
