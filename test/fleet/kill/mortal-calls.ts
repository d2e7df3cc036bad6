import { type Middleware, middleware } from '../../../src/runtime/middleware.js';
import { stepNow } from './mortal-flow.js';
import type { Places } from './places.js';

/**
 * A middleware with places before each call of a step and after its reply; of a stream, after the first
 * one: while it goes on.
 */
export function mortalCalls(places: Places): Middleware {
  return middleware((call) => {
    const step = stepNow.getStore();
    if (step === undefined) return undefined;
    const rpc = call.method.path.replace(/.*\//, '');
    const place = `${step} · ${rpc}`;
    places.reach(`${place} · before`);
    return {
      reply: () => places.reach(`${place} · reply`),
      ended: () => places.reach(`${place} · ended`),
    };
  });
}
