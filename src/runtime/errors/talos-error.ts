import { oneLine } from './one-line.js';

/** Key that marks the errors of every copy of the package in the process. */
export const brand: unique symbol = Symbol.for('talos-client.error') as never;

/** The base of this library's errors. Tell them apart by `code`. */
export abstract class TalosError extends Error {
  /** Which of the classes this is, for a `switch`. */
  abstract readonly code: 'config' | 'rpc' | 'protocol' | 'closed' | 'machine-config';

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
}
