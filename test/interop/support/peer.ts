import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { outputOf, startProgram } from './lines.js';

interface Line {
  readonly id?: number;
  readonly item?: unknown;
  readonly done?: boolean;
  readonly result?: unknown;
  readonly error?: unknown;
}

interface Reading {
  readonly onItem?: (item: unknown) => void;
  readonly failed?: (error: unknown) => Error;
}

interface Waiting {
  readonly item: (item: unknown) => void;
  readonly end: (line: Line) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The Go program running beside a test. Takes commands and gives their answers; ends with this
 * process, or when it is disposed of.
 */
export class Peer implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, Waiting>();
  readonly #first: (line: unknown) => void;
  /** The first line the program wrote, if it starts with one that answers no command. */
  readonly greeting: Promise<unknown>;
  #lastId = 0;
  #ended: Error | undefined;

  constructor(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const { promise, resolve } = withResolvers<unknown>();
    this.greeting = promise;
    this.#first = resolve;
    this.#child = startProgram(program, args, env);
    this.#child.stdin.on('error', () => {}); // a program that ended says so below
    void this.#read();
  }

  /**
   * Makes the program do something. `onItem` gets what it reports before the end. Rejects with what
   * `failed` makes of its error.
   */
  do(
    command: { readonly do: string } & Readonly<Record<string, unknown>>,
    { onItem = () => {}, failed = (error) => new Error(String(error)) }: Reading = {},
  ): Running {
    const id = ++this.#lastId;
    const ended = new Promise<unknown>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      this.#waiting.set(id, {
        item: onItem,
        end: ({ result, error }) => (error === undefined ? resolve(result) : reject(failed(error))),
        fail: reject,
      });
      this.#child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    });
    return { id, ended };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }

  async #read(): Promise<void> {
    try {
      for await (const line of outputOf<Line>(this.#child)) this.#take(line);
      this.#fail(new Error('the Go program has ended'));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #take(line: Line): void {
    const waiting = this.#waiting.get(line.id ?? 0);
    if (waiting === undefined) {
      this.#first(line);
    } else if (line.item !== undefined) {
      waiting.item(line.item);
    } else {
      this.#waiting.delete(line.id ?? 0);
      waiting.end(line);
    }
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const { fail } of this.#waiting.values()) fail(error);
    this.#waiting.clear();
  }
}

/** A command under way. */
export interface Running {
  readonly id: number;
  readonly ended: Promise<unknown>;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
