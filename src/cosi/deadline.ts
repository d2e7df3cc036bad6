import type { CallOptions } from '../runtime/call-options.js';
import { route, type Target } from '../runtime/target.js';

/** Options with the deadline that unary calls have, for streams that are one answer. */
export function withDeadline<Options extends CallOptions>(
  target: Target,
  options: Options,
): Options & Pick<CallOptions, 'timeoutMs'> {
  return { ...options, timeoutMs: options.timeoutMs ?? target[route]().timeoutMs };
}
