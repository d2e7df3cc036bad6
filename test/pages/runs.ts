import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './blocks.js';
import { fileOf } from './compile.js';
import type { Job, Outcome } from './runner.js';

/**
 * Programs in a process of their own, one after the other; how each ended, by its file.
 */
export class Runs {
  readonly #outcomes = new Map<string, (outcome: Outcome) => void>();
  readonly #ended = new Map<string, Promise<Outcome>>();
  readonly #child: ChildProcess;
  readonly exit: Promise<string>;

  constructor(own: string, list: readonly Program[]) {
    for (const each of list) {
      const file = fileOf(each);
      writeFileSync(join(own, file), each.text);
      this.#ended.set(file, new Promise((resolve) => this.#outcomes.set(file, resolve)));
    }
    const jobs: Job[] = list.map((each) => ({
      file: fileOf(each),
      page: each.page,
      isEndless: each.isEndless,
    }));
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.#child = fork('test/pages/runner.ts', [own, JSON.stringify(jobs)], {
      execArgv: ['--import', 'tsx'],
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let said = '';
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        said += chunk;
      });
    }
    this.#child.on('message', (outcome: Outcome) => this.#outcomes.get(outcome.file)?.(outcome));
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        const how = code === 0 ? '' : `it ended with ${code}: ${said}`;
        for (const [file, settle] of this.#outcomes) {
          settle({ file, problem: `the process had ended: ${said}`, output: [] });
        }
        resolve(how);
      });
    });
  }

  of(program: Program): Promise<Outcome> | undefined {
    return this.#ended.get(fileOf(program));
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
