import { oneLine } from './one-line.js';

/** Key that marks the errors of every copy of the package in the process. */
export const brand: unique symbol = Symbol.for('talos-client.error') as never;

/**
 * What `instanceof` says for a class of this library: its errors from any copy of the package in the
 * process are instances, so that those of the ES modules and of the CommonJS build are the same.
 */
export function isInstance(type: { readonly code?: string }, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(type, value)) return true;
  // Classes that others derive from ours have no code of their own.
  if (!Object.hasOwn(type, 'code')) return false;
  const error = value as { readonly [brand]?: unknown; readonly code?: unknown } | null | undefined;
  return error?.[brand] === true && (type.code === '' || error.code === type.code);
}

/** The base of this library's errors. Tell them apart by `code`. */
export abstract class TalosError extends Error {
  /** @internal */
  static readonly code: string = '';
  /** Which of the classes this is, for a `switch`. */
  abstract readonly code:
    | 'config'
    | 'rpc'
    | 'protocol'
    | 'closed'
    | 'machine-config'
    | 'operation'
    | 'flow';

  /**
   * @param message one line, or several; it may hold texts of a peer, so that control characters in
   * each line are escaped
   */
  constructor(message: string | readonly string[], options?: ErrorOptions) {
    super(
      typeof message === 'string' ? oneLine(message) : message.map(oneLine).join('\n'),
      options,
    );
  }

  /** Marks the errors of every copy of the package in the process. */
  get [brand](): true {
    return true;
  }

  /** Errors of every copy of the package in the process are instances. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it is the class that stands right of `instanceof`.
    return isInstance(this, value);
  }
}
