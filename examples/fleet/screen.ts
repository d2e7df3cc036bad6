import type { ProgressRow } from 'talos-client/fleet';
import { FleetTable, lineOf, type TableCluster } from './table.js';

/** How often the table is drawn again while nothing happens, for the seconds in it. */
const EVERY_MS = 1000;

/** Shows how far a fleet is, and says things about it. */
export interface Screen {
  row(row: ProgressRow): void;
  say(text: string): void;
  close(): void;
}

/** A table that changes in place, on a terminal; anywhere else a line for each step that begins or fails. */
export function screenFor(out: NodeJS.WriteStream, clusters: readonly TableCluster[]): Screen {
  return out.isTTY ? new TableScreen(out, clusters) : new LineScreen(out, clusters);
}

class LineScreen implements Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #table: FleetTable;

  constructor(out: NodeJS.WriteStream, clusters: readonly TableCluster[]) {
    this.#out = out;
    this.#table = new FleetTable(clusters);
  }

  row(row: ProgressRow): void {
    const isNew = this.#table.take(row);
    if (isNew && ['running', 'failed'].includes(row.state)) this.say(lineOf(row));
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  close(): void {}
}

class TableScreen implements Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #table: FleetTable;
  readonly #timer: NodeJS.Timeout;
  /** How many lines of the table are on the terminal, below all that was said. */
  #drawn = 0;

  constructor(out: NodeJS.WriteStream, clusters: readonly TableCluster[]) {
    this.#out = out;
    this.#table = new FleetTable(clusters);
    this.#timer = setInterval(() => this.#draw(), EVERY_MS);
  }

  row(row: ProgressRow): void {
    if (this.#table.take(row)) this.#draw();
  }

  say(text: string): void {
    this.#out.write(`${this.#erased()}${text}\n`);
    this.#drawn = 0;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    // A line that is longer than the terminal would take two, and the next table would begin too low.
    const width = this.#out.columns - 1;
    const lines = this.#table.lines(Date.now()).map((line) => line.slice(0, width));
    this.#out.write(`${this.#erased()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }

  /** What takes the cursor back to the first line of the table, and erases all below. */
  #erased(): string {
    return this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\x1b[J`;
  }
}
