import { type CallOptions, callOptionsShape } from '../call-options.js';
import { checkMetadata } from '../metadata.js';
import type { AnyMethod } from '../method.js';
import { checkOptions } from './options.js';
import { checkRequest } from './required.js';

/** What is looked at in every call before anything is sent. */
export interface CallChecks {
  /** @throws {TalosConfigError} when there is no request, or it leaves out what must be stated. */
  request(method: AnyMethod, request: unknown): void;
  /**
   * @throws {TalosConfigError} when there is no such option, one is of another kind, or metadata
   * cannot travel.
   */
  options(method: AnyMethod, options: CallOptions): void;
}

/** Clients put them into their routes, so that the modules of features stay small. */
export const callChecks: CallChecks = {
  request: checkRequest,
  options(method, options) {
    checkOptions(options, callOptionsShape, method.path);
    if (options.metadata !== undefined) checkMetadata(options.metadata, 'metadata');
  },
};
