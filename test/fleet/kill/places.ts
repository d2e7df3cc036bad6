import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What may be known of the places where a worker dies. */
export interface PlacesOptions {
  /** Names the places where workers died, a line each. It outlives them. */
  readonly file: string;
  /** How many workers die at each place. */
  readonly times: number;
  /** The places that count: those that have one of these texts in their names. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Whether they are only held there, as by a debugger, until somebody lets them go on. */
  readonly stops?: boolean | undefined;
}

/** Where a worker dies: at each place that it reaches, until enough of its kind died there. */
export class Places {
  readonly #options: PlacesOptions | undefined;
  readonly #deaths = new Map<string, number>();

  /** Without options nobody dies. */
  constructor(options: PlacesOptions | undefined) {
    this.#options = options;
    if (options === undefined) return;
    for (const place of deathsIn(options.file)) this.#deaths.set(place, this.#count(place) + 1);
  }

  /** Kills this process if it is the turn of the place. */
  reach(place: string): void {
    if (this.#options === undefined) return;
    const { file, times, only, stops = false } = this.#options;
    if (this.#count(place) >= times) return;
    if (only !== undefined && !only.some((text) => place.includes(text))) return;
    appendFileSync(file, `${place}\n`);
    if (stops) {
      this.#deaths.set(place, this.#count(place) + 1);
      process.kill(process.pid, 'SIGSTOP');
      return;
    }
    process.kill(process.pid, 'SIGKILL');
    // The signal takes a moment, in which nothing else may happen.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  #count(place: string): number {
    return this.#deaths.get(place) ?? 0;
  }
}

/** The places of a file, in the order in which workers died there. */
export function deathsIn(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean);
}
