import { anything, flag } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { checkDuration } from '../runtime/call.js';
import { type Clock, machineClock } from '../runtime/calls/clock.js';

/** How a stream that lost its connection gets a new one. All times are milliseconds. */
export interface ReconnectOptions {
  /**
   * The longest wait after the first loss. Each further loss doubles it. The wait itself is a
   * random part of it, from one half to all. Default: 500.
   */
  readonly firstMs?: number | undefined;
  /** The longest wait after any number of losses. Default: 15000. */
  readonly maxMs?: number | undefined;
  /**
   * How long a connection has to hold until the next loss counts as the first one again. Default:
   * 120000.
   */
  readonly quietMs?: number | undefined;
  /**
   * How long a connection may be silent before the node is asked whether it is still there, and
   * still in the same boot. Default: 60000.
   */
  readonly silenceMs?: number | undefined;
  /** How long the node has to answer that question. Default: 10000. */
  readonly probeTimeoutMs?: number | undefined;
  /**
   * Whether a node that has never answered is waited for even if its certificate is not trusted, as
   * that of a machine that has just got its configuration. Default: no, the error ends the stream. A
   * node that answered once is always waited for.
   */
  readonly waitForNode?: boolean | undefined;
}

/** The numbers are checked below. */
const reconnectShape: Shape<ReconnectOptions> = {
  firstMs: anything,
  maxMs: anything,
  quietMs: anything,
  silenceMs: anything,
  probeTimeoutMs: anything,
  waitForNode: flag,
};

/** The options with their defaults. */
export type ReconnectSettings = {
  readonly [Key in keyof ReconnectOptions]-?: Exclude<ReconnectOptions[Key], undefined>;
};

/**
 * The settings that `options` ask for.
 *
 * @throws {TalosConfigError} naming the option that cannot be used
 */
export function reconnectSettings(options: ReconnectOptions = {}): ReconnectSettings {
  checkOptions(options, reconnectShape, 'reconnect');
  const {
    firstMs = 500,
    maxMs = 15_000,
    quietMs = 120_000,
    silenceMs = 60_000,
    probeTimeoutMs = 10_000,
    waitForNode = false,
  } = options;
  const times = { firstMs, maxMs, quietMs, silenceMs, probeTimeoutMs };
  for (const [name, value] of Object.entries(times)) checkDuration(value, `reconnect.${name}`);
  return { ...times, waitForNode };
}

/** What time and chance are, for whatever reconnects. */
export interface ReconnectParts {
  readonly clock: Clock;
  /** As `Math.random`. */
  readonly random: () => number;
}

/** The time and chance of the machine. */
export const machineParts: ReconnectParts = { clock: machineClock, random: Math.random };

/** How long to wait before each new connection. */
export class Retries {
  readonly #settings: ReconnectSettings;
  readonly #parts: ReconnectParts;
  #losses = 0;
  #hurried = false;

  constructor(settings: ReconnectSettings, parts: ReconnectParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** How many losses there were since a connection last held for long enough. */
  get losses(): number {
    return this.#losses;
  }

  /** Whether one new connection may be made without a wait. It may not twice in a row. */
  mayHurry(): boolean {
    if (this.#hurried) return false;
    this.#hurried = true;
    return true;
  }

  /** The wait after a loss, of a connection that held for `heldMs`: 0 if it never answered. */
  next(heldMs: number): number {
    const { firstMs, maxMs, quietMs } = this.#settings;
    if (heldMs >= quietMs) this.#losses = 0;
    this.#hurried = false;
    // The exponent has an end, or the power would be infinite after a day or two of losses.
    const longest = Math.min(maxMs, firstMs * 2 ** Math.min(this.#losses, 30));
    this.#losses += 1;
    return longest * (0.5 + this.#parts.random() / 2);
  }
}
