import type { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { signatureTypes, writeSignature } from './signature.js';

/** What a key consists of. */
export interface KeyParts {
  readonly privateKey: KeyObject;
  /** 20 bytes. */
  readonly fingerprint: Buffer;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970; absent for a key that does not run out. */
  readonly expiresAt: number | undefined;
}

/** An OpenPGP key that signs bytes. It shows its fingerprint when it is logged, and nothing else. */
export class SigningKey {
  /** 40 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  readonly createdAt: Date;
  /** Absent for a key that does not run out. */
  readonly expiresAt: Date | undefined;
  readonly #parts: KeyParts;

  constructor(parts: KeyParts) {
    this.fingerprint = parts.fingerprint.toString('hex');
    this.createdAt = new Date(parts.createdAt * 1000);
    this.expiresAt = parts.expiresAt === undefined ? undefined : new Date(parts.expiresAt * 1000);
    this.#parts = parts;
  }

  /**
   * A detached signature over `data`, in binary form.
   *
   * @param now when it is made, in milliseconds since 1970
   */
  sign(data: Uint8Array, now: number): Uint8Array {
    // A signature from before its key is refused, and clocks differ by a few seconds.
    const createdAt = Math.max(Math.floor(now / 1000), this.#parts.createdAt);
    return writeSignature(this.#parts, { type: signatureTypes.binary, createdAt }, data);
  }

  [inspect.custom](): object {
    return { fingerprint: this.fingerprint };
  }
}
