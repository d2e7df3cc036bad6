import { AsyncLocalStorage } from 'node:async_hooks';
import type { Flow, FlowContext, StepAttempt, StepOptions } from '../../../src/fleet/flow.js';
import type { Json } from '../../../src/fleet/json.js';
import type { Places } from './places.js';

/** The step whose body runs, for calls that are made in it. */
export const stepNow = new AsyncLocalStorage<string>();

/**
 * A flow, and all its children, that reach a place at every boundary of a step and inside of it. It knows
 * flows and contexts only, so that it fits every runner.
 */
export class MortalFlows {
  readonly #places: Places;
  readonly #made = new Map<string, Flow>();

  constructor(places: Places) {
    this.#places = places;
  }

  of<I extends Json, O extends Json>(flow: Flow<I, O>): Flow<I, O> {
    const made = this.#made.get(flow.name) as Flow<I, O> | undefined;
    if (made !== undefined) return made;
    const mortal: Flow<I, O> = {
      ...flow,
      ...(flow.children && { children: flow.children.map((child) => this.of(child as Flow)) }),
      run: (context, input) => flow.run(this.#context(flow.name, context), input),
    };
    this.#made.set(flow.name, mortal as unknown as Flow);
    return mortal;
  }

  #context(flow: string, context: FlowContext): FlowContext {
    const places = this.#places;
    const placeOf = (name: string) => `${flow} · ${kindOf(name)}`;
    const after = async <T>(name: string, waiting: Promise<T>): Promise<T> => {
      const result = await waiting;
      places.reach(`${placeOf(name)} · remembered`);
      return result;
    };
    return {
      id: context.id,
      step: (name, run, options) => {
        const place = placeOf(name);
        const own = options && this.#options(place, options);
        const body = (attempt: StepAttempt) => this.#within(place, 'run', attempt, run);
        return after(name, context.step(name, body, own));
      },
      sleep: (name, ms) => after(name, context.sleep(name, ms)),
      waitFor: (name, options) => after(name, context.waitFor(name, options)),
      mayGoOn: (name) => after(name, context.mayGoOn(name)),
      children: (name, child, list, options) =>
        after(name, context.children(name, this.of(child), list, options)),
    };
  }

  #options<T extends Json>(place: string, options: StepOptions<T>): StepOptions<T> {
    const { verify } = options;
    if (verify === undefined) return options;
    return { ...options, verify: (attempt) => this.#within(place, 'verify', attempt, verify) };
  }

  #within<T>(
    place: string,
    what: 'run' | 'verify',
    attempt: StepAttempt,
    run: (attempt: StepAttempt) => Promise<T>,
  ): Promise<T> {
    const places = this.#places;
    return stepNow.run(place, async () => {
      places.reach(`${place} · ${what} begins`);
      try {
        return await run(mortalAttempt(place, attempt, places));
      } finally {
        places.reach(`${place} · ${what} ended`);
      }
    });
  }
}

function mortalAttempt(place: string, attempt: StepAttempt, places: Places): StepAttempt {
  let confirmed = 0;
  return {
    attempt: attempt.attempt,
    previous: attempt.previous,
    signal: attempt.signal,
    get detail() {
      return attempt.detail;
    },
    async confirm() {
      await attempt.confirm();
      // Right before an act: a node that is drained is cordoned first, and its pods evicted then.
      confirmed += 1;
      if (confirmed <= 3) places.reach(`${place} · confirmed ${confirmed}`);
    },
    async heartbeat(detail) {
      await attempt.heartbeat(detail);
      places.reach(`${place} · heartbeat`);
    },
  };
}

/** The name of a step without what it is about: what all nodes and waves have in common. */
function kindOf(name: string): string {
  return name.replaceAll(/[:/ ]?\d+(?:\.\d+){3}/g, '').replaceAll(/\d+/g, 'n');
}
