import { type CallOptions, callOptionsShape } from '../call-options.js';
import { checkMetadata } from '../metadata.js';
import type { AnyMethod } from '../method.js';
import { checkOptions } from './options.js';
import { checkRequest } from './required.js';

/** The checks of every call, before anything is sent. */
export interface CallChecks {
  /**
   * @throws {TalosConfigError} when there is no request, or it leaves out a field that must be
   * stated.
   */
  request(method: AnyMethod, request: unknown): void;
  /**
   * @throws {TalosConfigError} when an option is unknown or of the wrong kind, or metadata cannot
   * be sent.
   */
  options(method: AnyMethod, options: CallOptions): void;
}

/** Clients put these into their routes, so that the modules of features stay small. */
export const callChecks: CallChecks = {
  request: checkRequest,
  options(method, options) {
    checkOptions(options, callOptionsShape, method.path);
    if (options.metadata !== undefined) checkMetadata(options.metadata, 'metadata');
  },
};
