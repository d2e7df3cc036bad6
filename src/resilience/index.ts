export { type Breaker, type BreakerEvent, type BreakerOptions, breaker } from './breaker.js';
export type { BreakerState } from './node-breaker.js';
