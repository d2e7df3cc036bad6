import { oneOf } from '../../arguments/kinds.js';
import type { Shape } from '../../arguments/options.js';
import { type CarrierOptions, carrierShape } from '../options.js';

/** Where and how a client connects over HTTP/2 that this library frames itself. */
export interface Http2CarrierOptions extends CarrierOptions {
  /**
   * How requests are compressed. Talos takes both, and answers without compression. Default: `none`.
   */
  readonly compression?: 'none' | 'gzip' | undefined;
}

/** Numbers are checked where they are used. */
export const http2CarrierShape: Shape<Http2CarrierOptions> = {
  ...carrierShape,
  compression: oneOf('none', 'gzip'),
};
