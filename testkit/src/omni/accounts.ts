import type { PublicKey } from './public-key.js';

/**
 * What somebody may do in Omni: nothing, read, or change clusters. The last two are the same to the
 * nodes.
 */
export type OmniRole = 'None' | 'Reader' | 'Operator' | 'Admin';

/** A key that was registered. */
export interface RegisteredKey {
  readonly key: PublicKey;
  readonly identity: string;
  confirmed: boolean;
}

/** Whom Omni knows, and with which keys. */
export class Accounts {
  readonly #roles = new Map<string, OmniRole>();
  readonly #keys = new Map<string, RegisteredKey>();
  readonly #listeners = new Set<() => void>();

  /** Makes somebody known, or changes what they may do. */
  setRole(identity: string, role: OmniRole): void {
    this.#roles.set(identity, role);
  }

  roleOf(identity: string): OmniRole | undefined {
    return this.#roles.get(identity);
  }

  register(key: PublicKey, identity: string, confirmed: boolean): RegisteredKey {
    const registered: RegisteredKey = { key, identity, confirmed };
    this.#keys.set(key.fingerprint, registered);
    this.changed();
    return registered;
  }

  find(fingerprint: string): RegisteredKey | undefined {
    return this.#keys.get(fingerprint);
  }

  revoke(fingerprint: string): boolean {
    const known = this.#keys.delete(fingerprint);
    this.changed();
    return known;
  }

  /** Calls `listener` after every change of a key. Returns a function that undoes this. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
