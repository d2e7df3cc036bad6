import { posix } from 'node:path';
import { commands } from './commands.js';
import { complain, type Program } from './program.js';
import { Killed, SIGINT, SIGQUIT, SIGTERM } from './signals.js';
import { expand, readCommands } from './words.js';

/** What ends a shell that was told to. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const COMMAND_NOT_FOUND = 127;

/** Names that the shell is called by. */
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash']);

/** Whether there is a program of this name. */
export function isProgram(name: string): boolean {
  const base = posix.basename(name);
  return shells.has(base) || base in commands;
}

/** Whether a program reads commands from a person: then it lives through some signals. */
export function isInteractive(args: readonly string[], hasTerminal: boolean): boolean {
  return hasTerminal && args.length === 1 && shells.has(posix.basename(args[0] ?? ''));
}

/** The signals that a shell does not end at which reads commands from a person. */
export const survived: ReadonlySet<number> = new Set([SIGINT, SIGQUIT, SIGTERM]);

/**
 * Runs a program of the image: the shell, or another.
 *
 * @param foreground Gives the signal of each command that the shell waits for.
 */
export async function runProgram(program: Program, foreground: Foreground): Promise<number> {
  const name = posix.basename(program.args[0] ?? '');
  const command = commands[name];
  if (command !== undefined) return command(program);
  return new Shell(program, foreground).run();
}

/** Makes the signal of a command that is in front of the terminal, until it is released. */
export interface Foreground {
  take(): AbortSignal;
  release(): void;
}

/** A small shell: commands one after the other, variables, quotes, and conditions. */
class Shell {
  readonly #program: Program;
  readonly #foreground: Foreground;
  #last = 0;

  constructor(program: Program, foreground: Foreground) {
    this.#program = program;
    this.#foreground = foreground;
  }

  async run(): Promise<number> {
    const { args, console, signal } = this.#program;
    try {
      if (args[1] === '-c') {
        await this.#line(args[2] ?? '');
        return this.#last;
      }
      const interactive = isInteractive(args, console.size !== undefined);
      for (;;) {
        if (interactive) console.write(this.#prompt);
        const line = await this.#read(interactive);
        if (line === undefined) return this.#last;
        signal.throwIfAborted();
        await this.#line(line);
      }
    } catch (cause) {
      if (cause instanceof Exit) return cause.code;
      throw cause;
    }
  }

  get #prompt(): string {
    return `${this.#program.folder} # `;
  }

  async #read(interactive: boolean): Promise<string | undefined> {
    const { console, signal } = this.#program;
    if (!interactive) return console.input.readLine(signal);
    for (;;) {
      // Ctrl-C while nothing runs only begins a new line.
      const interrupted = AbortSignal.any([signal, this.#foreground.take()]);
      try {
        return await console.input.readLine(interrupted);
      } catch (cause) {
        if (signal.aborted) throw cause;
        this.#last = 130;
        console.write(`\n${this.#prompt}`);
      } finally {
        this.#foreground.release();
      }
    }
  }

  async #line(line: string): Promise<void> {
    for (const { joint, words } of readCommands(line)) {
      if ((joint === '&&' && this.#last !== 0) || (joint === '||' && this.#last === 0)) continue;
      // Only now: the commands before may have changed variables.
      this.#last = await this.#command(expand(words, (name) => this.#variable(name)));
    }
  }

  #variable(name: string): string {
    return name === '?' ? String(this.#last) : (this.#program.env.get(name) ?? '');
  }

  async #command(words: readonly string[]): Promise<number> {
    const program = this.#program;
    const [name = '', argument] = words;
    switch (name) {
      case '':
        return 0;
      case 'exit':
        throw new Exit(argument === undefined ? this.#last : Number(argument) & 0xff);
      case 'cd':
        return this.#changeFolder(argument ?? '/');
      case 'export':
        return this.#assign(words.slice(1));
      default:
    }
    if (/^\w+=/.test(name)) return this.#assign(words);
    if (!isProgram(name)) {
      complain(program, `${name}: not found`);
      return COMMAND_NOT_FOUND;
    }
    const signal = AbortSignal.any([program.signal, this.#foreground.take()]);
    try {
      return await runProgram({ ...program, args: words, signal }, this.#foreground);
    } catch (cause) {
      if (!(cause instanceof Killed) || program.signal.aborted) throw cause;
      program.console.write('\n');
      return cause.exitCode;
    } finally {
      this.#foreground.release();
    }
  }

  #assign(words: readonly string[]): number {
    for (const word of words) {
      const [name = '', ...value] = word.split('=');
      if (value.length > 0) this.#program.env.set(name, value.join('='));
    }
    return 0;
  }

  #changeFolder(path: string): number {
    const program = this.#program;
    const folder = posix.resolve(program.folder, path);
    let isDirectory = false;
    try {
      isDirectory = program.files.isDirectory(folder);
    } catch {
      isDirectory = false;
    }
    if (!isDirectory) {
      complain(program, `cd: can't cd to ${path}: No such file or directory`);
      return 1;
    }
    program.folder = folder;
    return 0;
  }
}
