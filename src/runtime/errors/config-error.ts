import { TalosError } from './talos-error.js';

/** Where the wrong value is. */
export interface ConfigPlace {
  /** The file that it was read from. */
  readonly path?: string | undefined;
  /** The option, request field or key of the file. */
  readonly field?: string | undefined;
  /** The fingerprint of the server's key, when it is none of the given ones. */
  readonly peerFingerprint?: string | undefined;
}

/**
 * An option, a request field or a talosconfig cannot be used. Nothing was sent. `field` and `path`
 * say what to correct.
 */
export class TalosConfigError extends TalosError {
  /** @internal */
  static override readonly code = 'config';
  override readonly name = 'TalosConfigError';
  readonly code = 'config';
  /** The file that the wrong value was read from. */
  readonly path: string | undefined;
  /** The option, request field or key of the file that is wrong. */
  readonly field: string | undefined;
  /**
   * The fingerprint of the endpoint's key, when it is none of those given to `maintenance`.
   */
  readonly peerFingerprint: string | undefined;

  constructor(message: string, place: ConfigPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.path = place.path;
    this.field = place.field;
    this.peerFingerprint = place.peerFingerprint;
  }
}
