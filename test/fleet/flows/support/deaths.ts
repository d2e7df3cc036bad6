import type { Ended } from '../../../../src/fleet/engine/memory.js';
import type { Flow } from '../../../../src/fleet/flow.js';
import type { Json } from '../../../../src/fleet/json.js';
import { Died, PlainStore } from '../../support/plain-engine.js';
import type { SimulatedFleet } from './fleet.js';

/**
 * When a process dies: at a moment, of which there is one before and one after each thing that is
 * remembered, and one when a step asks whether it may act; or when so many milliseconds of the clusters
 * have passed.
 */
export type Death = { readonly moment: number } | { readonly afterMs: number };

/** What a run with deaths came to. */
export interface Survived {
  readonly ended: Ended;
  readonly store: PlainStore;
  readonly deaths: number;
  /** How many moments the last process had. */
  readonly moments: number;
}

/**
 * Runs a flow by one process after the other, on the memory of those before.
 *
 * @param deathOf gets the number of the process, from 0; nothing lets it live
 */
export async function runWithDeaths<I extends Json, O extends Json>(
  fleet: SimulatedFleet,
  flow: Flow<I, O>,
  input: I,
  deathOf: (process: number) => Death | undefined,
): Promise<Survived> {
  const store = new PlainStore();
  for (let deaths = 0; ; deaths += 1) {
    const death = deathOf(deaths);
    const dieAt = death !== undefined && 'moment' in death ? death.moment : undefined;
    const engine = fleet.process(flow as Flow<never, Json>, store, dieAt);
    const timer =
      death !== undefined && 'afterMs' in death
        ? fleet.clock.setTimer(death.afterMs, () => engine.die())
        : undefined;
    try {
      const ended = await fleet.turnUntil(engine.run(flow, input));
      return { ended, store, deaths, moments: engine.moments };
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    } finally {
      timer?.cancel();
    }
  }
}
