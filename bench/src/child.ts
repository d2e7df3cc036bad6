import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { outFolder } from './paths.js';

/** A process that answers each message with one. */
export interface Worker {
  /** Sends `message` and gives the answer. Rejects when the process ends. */
  ask<Answer>(message: object): Promise<Answer>;
  /** Ends the process. */
  stop(): void;
}

/** A process of the benchmark's own, in Node. */
export class Child implements Worker {
  readonly #name: string;
  readonly #process: ChildProcess;

  /** Starts the bundle `name`. */
  constructor(name: string, args: readonly string[] = [], nodeOptions: readonly string[] = []) {
    this.#name = [name, ...args].join(' ');
    this.#process = fork(join(outFolder, `${name}.js`), args, {
      execArgv: [...nodeOptions],
      // grpc-js makes Node warn about TLS names that are addresses; that says nothing here.
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
  }

  ask<Answer>(message: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const child = this.#process;
      const settle = (): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onMessage = (answer: unknown): void => {
        settle();
        resolve(answer as Answer);
      };
      const onExit = (code: number | null): void => {
        settle();
        reject(new Error(`${this.#name} ended with code ${code}`));
      };
      child.once('message', onMessage);
      child.once('exit', onExit);
      child.send(message);
    });
  }

  stop(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
