import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ProgressRow, RunStatus } from '../../../src/fleet/runner.js';
import type { Network } from './network.js';

/** How a worker is set up. */
export interface WorkerSettings {
  readonly database: string;
  readonly worker: string;
  readonly leaseMs?: number;
  readonly limit?: number;
  /** The version of its flows. */
  readonly version?: string;
}

export interface Call {
  readonly number: number;
  readonly name: string;
  readonly given: readonly unknown[];
}

export interface Answer {
  readonly number: number;
  value?: unknown;
  error?: { readonly message: string; readonly reason?: string };
}

/** A worker that runs in a process of its own. */
export class Worker {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #exit: Promise<unknown>;
  #count = 0;
  /** What it wrote to its output and its errors. */
  output = '';

  private constructor(program: string, settings: WorkerSettings) {
    this.#process = spawn(process.execPath, ['--enable-source-maps', program], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        TALOS_CLIENT_TEST_WORKER: settings.worker,
        TALOS_CLIENT_TEST_OPTIONS: JSON.stringify(settings),
      },
    });
    this.#exit = once(this.#process, 'exit');
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (data) => {
        this.output += String(data);
      });
    }
    this.#process.on('message', (answer: Answer) => {
      this.#waiting.get(answer.number)?.(answer);
      this.#waiting.delete(answer.number);
    });
    this.#process.on('exit', (code, signal) => {
      const error = { message: `the worker ended with ${code ?? signal}: ${this.output}` };
      for (const [number, answered] of this.#waiting) answered({ number, error });
      this.#waiting.clear();
    });
  }

  /**
   * A worker that has started.
   *
   * @param program what `buildWorker` made
   */
  static async start(program: string, settings: WorkerSettings): Promise<Worker> {
    const worker = new Worker(program, settings);
    try {
      await worker.#call('open');
      return worker;
    } catch (error) {
      await worker.kill();
      throw error;
    }
  }

  async begin(
    flow: 'steps' | 'tree' | 'many' | 'holding',
    input: object,
    id: string,
  ): Promise<void> {
    await this.#call('start', flow, input, id);
  }

  async status(id: string): Promise<RunStatus> {
    return (await this.#call('status', id)) as RunStatus;
  }

  async rows(id: string): Promise<readonly ProgressRow[]> {
    return (await this.#call('rows', id)) as ProgressRow[];
  }

  result(id: string): Promise<unknown> {
    return this.#call('result', id);
  }

  async cancel(id: string): Promise<void> {
    await this.#call('cancel', id);
  }

  async resume(): Promise<readonly string[]> {
    return (await this.#call('resume')) as string[];
  }

  /** The lines of its logger. */
  async lines(): Promise<readonly string[]> {
    return (await this.#call('lines')) as string[];
  }

  async network(): Promise<Network> {
    return (await this.#call('network')) as Network;
  }

  /** Closes the runner; the process goes on. */
  async close(): Promise<void> {
    await this.#call('close');
  }

  /** Holds the process as a debugger would, or a host that is suspended. */
  suspend(): void {
    this.#process.kill('SIGSTOP');
  }

  wakeUp(): void {
    this.#process.kill('SIGCONT');
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  async #call(name: string, ...given: readonly unknown[]): Promise<unknown> {
    this.#count += 1;
    const number = this.#count;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(number, resolve));
    this.#process.send({ number, name, given } satisfies Call);
    const { value, error } = await answered;
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return value;
  }
}
