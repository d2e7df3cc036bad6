import type { Machine } from '../machine.js';
import type { Random } from '../random.js';

/** How far each of the three swings of a wave goes; together less than 1, so that it stays above 0. */
const SWINGS = [0.3, 0.2, 0.15] as const;

/** The shortest and the longest of the periods that the swings are drawn from, in seconds. */
const PERIODS = [
  [17, 29],
  [110, 190],
  [900, 2_400],
] as const;

const TURN = 2 * Math.PI;

/**
 * How busy something is over time: a number around 1 that goes up and down, always above 0, and the
 * sum of it, which counters grow by. The same for the same seed, whenever and however often one
 * looks, so that nothing has to run in the background.
 */
export class Wave {
  readonly #swings: readonly {
    readonly size: number;
    readonly period: number;
    readonly start: number;
  }[];

  constructor(random: Random) {
    this.#swings = SWINGS.map((size, index) => {
      const [min, max] = PERIODS[index] as readonly [number, number];
      return { size, period: min + random.float() * (max - min), start: random.float() * TURN };
    });
  }

  /** How busy it is `seconds` after the beginning: from 0.35 to 1.65. */
  at(seconds: number): number {
    let value = 1;
    for (const { size, period, start } of this.#swings) {
      value += size * Math.sin((TURN * seconds) / period + start);
    }
    return value;
  }

  /** What has come together in the first `seconds`; never falls. */
  sum(seconds: number): number {
    let sum = seconds;
    for (const { size, period, start } of this.#swings) {
      sum +=
        ((size * period) / TURN) * (Math.cos(start) - Math.cos((TURN * seconds) / period + start));
    }
    return sum;
  }
}

/** Since when a node is up, in seconds, with fractions. */
export function uptimeOf({ clock, bootedAt }: Machine): number {
  return Math.max(0, (clock.now() - bootedAt) / 1000);
}

/** The wave of a part of a node, by the name of the part; another one in each boot. */
export function waveOf(machine: Machine, part: string): Wave {
  return new Wave(machine.random.fork(`wave/${machine.boots}/${part}`));
}

/**
 * A counter that has grown by `perSecond` on average since the node was booted, in whole numbers.
 */
export function counterOf(machine: Machine, part: string, perSecond: number): bigint {
  return BigInt(Math.floor(waveOf(machine, part).sum(uptimeOf(machine)) * perSecond));
}
