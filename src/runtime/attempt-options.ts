import { record, text } from './arguments/kinds.js';
import type { Shape } from './arguments/options.js';
import type { AttemptOptions } from './calls/carrier-transport.js';

/** The options about attempts and those who watch them, and their kinds; `carrierTransport` looks into `retryBudget`. */
export const attemptShape: Shape<AttemptOptions> = {
  attempts: record,
  retryBudget: record,
  name: text,
};
