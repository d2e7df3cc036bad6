import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Flow, FlowContext, StepAttempt } from '../../../src/fleet/flow.js';
import type { Json } from '../../../src/fleet/json.js';

/**
 * A world in a folder: what steps did, as lines of a file, and gates, which are files that somebody
 * makes. Steps look before they act, as those of real flows do.
 */
export class World {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  tell(...words: readonly (string | number)[]): void {
    appendFileSync(join(this.#folder, 'lines'), `${words.join(' ')}\n`);
  }

  lines(): string[] {
    const path = join(this.#folder, 'lines');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  }

  has(line: string): boolean {
    return this.lines().includes(line);
  }

  open(gate: string): void {
    appendFileSync(join(this.#folder, `gate-${gate}`), '');
  }

  async passed(gate: string, signal?: AbortSignal): Promise<void> {
    while (!existsSync(join(this.#folder, `gate-${gate}`))) {
      await sleep(20, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** The name of this process, in the lines of worlds. */
const me = process.env.TALOS_CLIENT_TEST_WORKER ?? 'tests';

/** A step that acts once. With a gate, it waits there after it has begun. */
export function act(world: World, name: string, gate?: string) {
  return async (attempt: StepAttempt): Promise<string> => {
    world.tell('begin', name, attempt.attempt, attempt.previous, me);
    if (gate !== undefined) await world.passed(gate);
    if (!world.lines().some((line) => line.startsWith(`act ${name} `))) {
      try {
        await attempt.confirm();
      } catch (error) {
        world.tell('refused', name, me, (error as { reason?: string }).reason ?? String(error));
        throw error;
      }
      world.tell('act', name, me);
    }
    return me;
  };
}

export interface StepsInput {
  readonly [key: string]: Json | undefined;
  readonly world: string;
  readonly steps: readonly string[];
  /** Those of them that wait for a gate of their name. */
  readonly gates: readonly string[];
  /** What it works on alone. */
  readonly holding?: string;
}

/** One step after the other. */
export function stepsFlow(version = '1'): Flow<StepsInput, string> {
  return {
    name: 'steps',
    version,
    async run(context, { world: folder, steps, gates, holding }) {
      const world = new World(folder);
      if (holding !== undefined) await context.mayGoOn('begin', { holding });
      for (const name of steps) {
        await context.step(name, act(world, name, gates.includes(name) ? name : undefined));
      }
      return `version ${version}`;
    },
  };
}

export interface TreeInput {
  readonly [key: string]: Json;
  readonly world: string;
  /** How many children flows have, level by level. */
  readonly levels: readonly number[];
  readonly limit: number;
  /** A gate at which the lowest flows wait. */
  readonly gate: string | null;
}

/** Flows that have children of the same flow. The lowest do a step. */
export const treeFlow: Flow<TreeInput, number> = {
  name: 'tree',
  version: '1',
  async run(context: FlowContext, input): Promise<number> {
    const [count, ...levels] = input.levels;
    if (count === undefined) {
      const world = new World(input.world);
      await context.step(`leaf ${context.id}`, act(world, context.id, input.gate ?? undefined));
      return 1;
    }
    const list = Array.from({ length: count }, (_, index) => ({
      id: `c${index}`,
      input: { ...input, levels },
    }));
    const outcomes = await context.children('below', treeFlow, list, { limit: input.limit });
    return outcomes.reduce((sum, each) => sum + (each.state === 'done' ? each.output : 0), 0);
  },
};

export interface HoldingInput {
  readonly [key: string]: Json;
  readonly world: string;
  /** What it works on alone. */
  readonly holding: string | null;
  /** A gate at which its step waits. */
  readonly gate: string | null;
  /** How many flows it runs at once below it. */
  readonly children: number;
  /** What each of those works on alone. */
  readonly below: string | null;
}

/** A step, and then flows below, each of which may work on something alone. */
export const holdingFlow: Flow<HoldingInput, string> = {
  name: 'holding',
  version: '1',
  async run(context: FlowContext, input): Promise<string> {
    const { world, holding, gate, children: limit, below } = input;
    if (holding !== null) await context.mayGoOn('begin', { holding });
    await context.step('act', act(new World(world), context.id, gate ?? undefined));
    const list = Array.from({ length: limit }, (_, index) => ({
      id: `c${index}`,
      input: { world, holding: below, gate: null, children: 0, below: null },
    }));
    if (limit > 0) await context.children('all', holdingFlow, list, { limit });
    return `${limit} below`;
  },
};

export interface ManyInput {
  readonly [key: string]: Json;
  readonly flows: number;
  readonly steps: number;
}

/** Steps that do nothing but have to be remembered. */
const emptyFlow: Flow<number, null> = {
  name: 'many.empty',
  version: '1',
  async run(context, steps) {
    for (let index = 0; index < steps; index += 1) {
      await context.step(`step ${index}`, async () => null, { node: '10.0.0.1' });
    }
    return null;
  },
};

/** Many flows at once, for measurements. */
export const manyFlow: Flow<ManyInput, number> = {
  name: 'many',
  version: '1',
  children: [emptyFlow],
  async run(context, { flows, steps }) {
    const list = Array.from({ length: flows }, (_, index) => ({ id: `c${index}`, input: steps }));
    return (await context.children('all', emptyFlow, list, { limit: flows })).length;
  },
};

export const testFlows = (version = '1'): Flow[] =>
  [stepsFlow(version), treeFlow, manyFlow, holdingFlow] as unknown as Flow[];
