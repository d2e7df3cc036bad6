import type { Logger } from '../../observability/logging/index.js';

/** Takes no lines. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
