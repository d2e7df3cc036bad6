/**
 * Why an OpenPGP key cannot be used, in words that show nothing of it. Those who read the key add
 * where it came from.
 *
 * `damaged` is a key that lost some of its bytes: another one in its place helps. `unsupported` is
 * a sound key of a kind that this library does not sign with.
 */
export class KeyFault extends Error {
  override readonly name = 'KeyFault';
  readonly kind: 'damaged' | 'unsupported';

  constructor(kind: 'damaged' | 'unsupported', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The fault of a key that lost some of its bytes. */
export function damaged(how: string): KeyFault {
  return new KeyFault('damaged', `is damaged: ${how}`);
}

/** The fault of a key that this library does not sign with. */
export function unsupported(what: string): KeyFault {
  return new KeyFault('unsupported', what);
}
