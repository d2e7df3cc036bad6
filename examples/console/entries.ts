import type { Entry } from './protocol.js';

/** The last things that were told, oldest first: by their times where they have them. */
export class Entries {
  readonly #limit: number;
  readonly #list: Entry[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get list(): readonly Entry[] {
    return this.#list;
  }

  add(entry: Entry): void {
    // Nodes tell what was before they are asked, so what comes later may be older.
    const { at = 0 } = entry;
    const place = this.#list.findLastIndex((other) => (other.at ?? 0) <= at) + 1;
    this.#list.splice(place, 0, entry);
    if (this.#list.length > this.#limit) this.#list.shift();
  }
}

/** The longest text that is shown. */
const LONGEST = 2_000;

/** A text that is not too long for the page. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
