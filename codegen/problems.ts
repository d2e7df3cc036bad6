import { TableError } from './table.js';

/** What does not fit together, gathered so that one run names all of it. */
export class Problems {
  readonly #texts: string[] = [];
  readonly #unnamed: string[] = [];

  add(text: string): void {
    this.#texts.push(text);
  }

  /** Two things of one name: `fullName` is the one that the table may give another. */
  clash(text: string, fullName: string): void {
    this.#unnamed.push(fullName);
    this.add(`${text}: add to names in the table\n  '${fullName}': '${fillIn}',`);
  }

  /** Throws a `TableError` with everything that was added, if anything was. */
  throwAny(): void {
    if (this.#texts.length > 0) throw new TableError(this.#texts.join('\n'), this.#unnamed);
  }
}

/** Stands in the lines that messages ask for where somebody has to decide. No table may hold it. */
export const fillIn = '…';
