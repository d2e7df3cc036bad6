const brand: unique symbol = Symbol.for('talos-client.error') as never;

/** What all errors of this library have in common. Tell them apart by `code`. */
export abstract class TalosError extends Error {
  /** Which of the classes this is, for `switch`. */
  abstract readonly code: 'config' | 'rpc' | 'protocol' | 'closed' | 'fan-out';

  /** Marks the errors of every copy of the package in the process. */
  get [brand](): true {
    return true;
  }
}

/** Whether `value` is an error of this library, also of another copy of the package. */
export function isTalosError(value: unknown): value is TalosError {
  return value instanceof Error && (value as Partial<TalosError>)[brand] === true;
}
