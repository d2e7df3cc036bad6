import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildGo } from './toolchain.js';

const module = fileURLToPath(new URL('../config-go', import.meta.url));

/** What the official code is asked. */
export interface ConfigQuestion {
  readonly text: string;
  /** Patches to apply, in order. */
  readonly patches?: readonly string[];
  /** Modes to validate for. */
  readonly modes?: readonly string[];
}

export interface ConfigAnswer {
  /** Why it refused the text or a patch. */
  readonly error?: string;
  /** The configuration as it writes it, without comments. */
  readonly text: string;
  readonly verdicts?: Readonly<
    Record<string, { readonly errors: readonly string[]; readonly warnings: readonly string[] }>
  >;
}

/** The official Go code for machine configurations, as a process that answers questions. */
export class ConfigOracle implements Disposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(program: string) {
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Builds the program and starts it. Throws `ToolchainError` where there is no Go. */
  static start(): ConfigOracle {
    return new ConfigOracle(buildGo(module, '.', 'talos-config'));
  }

  async ask(question: ConfigQuestion): Promise<ConfigAnswer> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the Go program ended');
    return JSON.parse(value) as ConfigAnswer;
  }

  [Symbol.dispose](): void {
    this.#child.stdin.end();
  }
}
