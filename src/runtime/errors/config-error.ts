import { TalosError } from './talos-error.js';

/** Where the wrong value stands. */
export interface ConfigPlace {
  /** The file it was read from. */
  readonly path?: string | undefined;
  /** The option, request field or key of the file. */
  readonly field?: string | undefined;
}

/**
 * Something that was given cannot work: an option, a request field, or a talosconfig. Nothing
 * was sent. `field` and `path` say what to mend.
 */
export class TalosConfigError extends TalosError {
  override readonly name = 'TalosConfigError';
  readonly code = 'config';
  /** The file the wrong value was read from. */
  readonly path: string | undefined;
  /** The option, request field or key of the file that is wrong. */
  readonly field: string | undefined;

  constructor(message: string, place: ConfigPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.path = place.path;
    this.field = place.field;
  }
}
