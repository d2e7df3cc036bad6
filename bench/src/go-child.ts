import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Worker } from './child.js';

/** The official Go client as a process: a JSON line for each message, and one for each answer. */
export class GoChild implements Worker {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  /** @param program path of the program that `bench/go` is built to */
  constructor(program: string) {
    this.#process = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin.on('error', () => {}); // `ask` tells of a process that has ended
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask<Answer>(message: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the Go client ended');
    return JSON.parse(value) as Answer;
  }

  stop(): void {
    this.#process.stdin.end();
  }
}
