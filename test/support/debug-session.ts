import {
  type DebugContainerRunRequest,
  type DebugContainerRunRequestSpec,
  debug,
} from '../../generated/features/debug.js';
import type { CallOptions, Init, Target } from '../../src/index.js';

type Request = Init<DebugContainerRunRequest>;

/** A debug container in use: what is sent to it is decided while it runs. */
export class DebugSession {
  /** Everything that it has shown so far. */
  output = '';
  /** The longest piece of output. */
  longest = 0;
  /** How it ended; absent while it runs. */
  exitCode: number | undefined;
  /** Settles when the call ends. */
  readonly done: Promise<void>;
  readonly #requests: Request[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(target: Target, spec: Init<DebugContainerRunRequestSpec>, options?: CallOptions) {
    this.send({ request: { case: 'spec', value: spec } });
    this.done = this.#read(target, options);
    // Whoever waits for it gets the failure.
    this.done.catch(() => {});
  }

  send(request: Request): void {
    this.#requests.push(request);
    this.#notify();
  }

  /** Gives text to its input. */
  type(text: string): void {
    this.send({ request: { case: 'stdinData', value: Buffer.from(text) } });
  }

  resize(width: number, height: number): void {
    this.send({ request: { case: 'termResize', value: { width, height } } });
  }

  signal(number: number): void {
    this.send({ request: { case: 'signal', value: number } });
  }

  /** Ends this side of the call. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Waits until the container has shown a text, or until it has ended. */
  async shows(text: string): Promise<void> {
    await this.#until(() => this.output.includes(text));
  }

  /** Waits for the exit code. */
  async exit(): Promise<number> {
    await this.#until(() => this.exitCode !== undefined);
    return this.exitCode as number;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const change = new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
      await Promise.race([change, this.done.then(() => over(this.output, condition))]);
    }
  }

  async #read(target: Target, options?: CallOptions): Promise<void> {
    for await (const { resp } of debug(target).containerRun(this.#given(), options)) {
      if (resp.case === 'stdoutData') {
        this.output += Buffer.from(resp.value).toString();
        this.longest = Math.max(this.longest, resp.value.length);
      } else if (resp.case === 'exitCode') this.exitCode = resp.value;
      this.#notify();
    }
  }

  async *#given(): AsyncGenerator<Request> {
    for (;;) {
      for (let next = this.#requests.shift(); next !== undefined; next = this.#requests.shift()) {
        yield next;
      }
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  #notify(): void {
    for (const wake of [...this.#waiting]) {
      this.#waiting.delete(wake);
      wake();
    }
  }
}

function over(output: string, condition: () => boolean): void {
  if (!condition()) throw new Error(`the call ended before; the output was:\n${output}`);
}
