export type { BreakerState } from '../runtime/diagnostics/index.js';
export { type Breaker, type BreakerOptions, breaker } from './breaker.js';
