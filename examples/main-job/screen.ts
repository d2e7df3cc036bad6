/** Where the story is told: plain lines, in the order in which things happen. */
export class Screen {
  readonly #write: (line: string) => void;
  #steps = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Begins a step. */
  step(title: string): void {
    if (this.#steps > 0) this.#write('');
    this.#steps += 1;
    this.#write(`${this.#steps}. ${title}`);
  }

  /** Says something about the step. */
  line(text: string): void {
    this.#write(`   ${text}`);
  }

  /** Says something about a node. */
  node(name: string, text: string): void {
    this.line(`${name.padEnd(NAME_WIDTH)} ${text}`);
  }

  /** Shows a line of a log of a node, as far as it fits. */
  log(name: string, line: string): void {
    this.node(name, line.length > LINE_WIDTH ? `${line.slice(0, LINE_WIDTH - 1)}…` : line);
  }

  /** Shows rows under each other; the first one is the header. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    );
    for (const row of rows) {
      this.line(
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      );
    }
  }
}

/** Wide enough for the names of a simulated cluster; longer ones only move their line. */
const NAME_WIDTH = 10;
const LINE_WIDTH = 100;
