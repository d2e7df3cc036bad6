import { TalosError } from './talos-error.js';

/** The client was closed before the call, or while it ran. */
export class TalosClosedError extends TalosError {
  /** @internal */
  static override readonly code = 'closed';
  override readonly name = 'TalosClosedError';
  readonly code = 'closed';

  constructor(message = 'the Talos client is closed', options?: ErrorOptions) {
    super(message, options);
  }
}
