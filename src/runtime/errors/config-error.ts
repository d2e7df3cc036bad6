import { TalosError } from './talos-error.js';

/** Where the wrong value stands. */
export interface ConfigPlace {
  /** The file it was read from. */
  readonly path?: string | undefined;
  /** The option, request field or key of the file. */
  readonly field?: string | undefined;
  /** The fingerprint of the key that a server showed in place of those that were given. */
  readonly peerFingerprint?: string | undefined;
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
  /**
   * The fingerprint of the key that the endpoint showed, when it is none of those given to
   * `maintenance`.
   */
  readonly peerFingerprint: string | undefined;

  constructor(message: string, place: ConfigPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.path = place.path;
    this.field = place.field;
    this.peerFingerprint = place.peerFingerprint;
  }
}
