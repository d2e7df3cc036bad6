import type { DebugContainerRunRequestSpec } from '../../../generated/debug.js';
import type { ServedCall } from '../../base/calls/context.js';
import { ContainerFiles, type Profile } from './container-files.js';
import type { Program } from './program.js';
import { type Foreground, isInteractive, isProgram, runProgram, survived } from './shell.js';
import { isDeadly, isSignal, Killed, SIGKILL } from './signals.js';
import { Pipes, Terminal } from './terminal.js';

/** The most bytes of output that Talos puts into one message. */
const OUTPUT_BYTES = 512;

/** Where programs are looked for unless the caller says. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What runs when the caller names nothing. */
const shells: Readonly<Record<Profile, string>> = {
  PROFILE_PRIVILEGED: '/bin/sh',
  PROFILE_HOST_NS: '/nix/var/nix/profiles/default/bin/bash',
};

/** A debug container that runs: what goes into it, and what comes out. */
export class DebugContainer {
  readonly profile: Profile;
  readonly #console: Pipes | Terminal;
  readonly #killed = new AbortController();
  readonly #interactive: boolean;
  readonly #output: Uint8Array[] = [];
  #foreground: AbortController | undefined;
  #exitCode: number | undefined;
  #wake: (() => void) | undefined;

  /**
   * Starts a container.
   *
   * @throws {Error} when its program is not in the image.
   */
  constructor({ machine, clock }: ServedCall, spec: DebugContainerRunRequestSpec) {
    this.profile = spec.profile as Profile;
    const show = (bytes: Uint8Array) => this.#show(bytes);
    this.#console = spec.tty
      ? new Terminal(show, (signal) => this.#interrupt(signal))
      : new Pipes(show);
    const args = spec.args.length > 0 ? spec.args : [shells[this.profile]];
    this.#interactive = isInteractive(args, spec.tty);
    const program: Program = {
      machine,
      clock,
      console: this.#console,
      files: new ContainerFiles(machine, this.profile, spec.imageName),
      args,
      env: new Map(
        Object.entries({
          PATH,
          HOME: '/root',
          ...(spec.tty ? { TERM: 'xterm' } : {}),
          ...spec.env,
        }),
      ),
      folder: '/',
      signal: this.#killed.signal,
    };
    const [name = ''] = args;
    if (isProgram(name)) this.#run(program);
    else this.#failToStart(name);
  }

  /** A container that has no such program is not started; in the host's namespaces it just ends. */
  #failToStart(name: string): void {
    const problem = `exec: "${name}": executable file not found in $PATH`;
    if (this.profile === 'PROFILE_PRIVILEGED') {
      throw new Error(
        `failed to start task: OCI runtime create failed: unable to start container process: ${problem}`,
      );
    }
    this.#show(Buffer.from(`host-ns: launch failed: ${problem}\r\n`));
    this.#exit(1);
  }

  #run(program: Program): void {
    const foreground: Foreground = {
      take: () => {
        this.#foreground = new AbortController();
        return this.#foreground.signal;
      },
      release: () => {
        this.#foreground = undefined;
      },
    };
    const killed = new Promise<never>((_, reject) => {
      this.#killed.signal.addEventListener('abort', () => reject(this.#killed.signal.reason));
    });
    Promise.race([runProgram(program, foreground), killed]).then(
      (code) => this.#exit(code),
      (cause: unknown) => {
        if (!(cause instanceof Killed)) this.#show(Buffer.from(`${String(cause)}\n`));
        this.#exit(cause instanceof Killed ? cause.exitCode : 1);
      },
    );
  }

  /** Whether its program has ended. */
  get hasExited(): boolean {
    return this.#exitCode !== undefined;
  }

  /** Gives bytes to its input. */
  receive(bytes: Uint8Array): void {
    this.#console.receive(bytes);
  }

  /** Ends its input. */
  hangUp(): void {
    this.#console.hangUp();
  }

  /** Changes the size of its terminal; without one nothing happens. */
  resize(width: number, height: number): void {
    if (this.#console instanceof Terminal) this.#console.size = { width, height };
  }

  /** Sends a signal to its first process. Returns whether there is such a signal. */
  signal(signal: number): boolean {
    if (!isSignal(signal)) return false;
    if (this.#interactive && survived.has(signal)) this.#interrupt(signal);
    else if (isDeadly(signal)) this.#killed.abort(new Killed(signal));
    return true;
  }

  /** Ends it at once, as when its caller is gone. */
  kill(): void {
    this.#killed.abort(new Killed(SIGKILL));
  }

  /** What it writes, in pieces, and then how it ended. */
  async *outcome(): AsyncGenerator<Uint8Array, number, undefined> {
    for (;;) {
      for (let piece = this.#output.shift(); piece !== undefined; piece = this.#output.shift()) {
        yield piece;
      }
      if (this.#exitCode !== undefined) return this.#exitCode;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** A key of the terminal, or a signal to a shell that a person uses: what is in front gets it. */
  #interrupt(signal: number): void {
    if (this.#foreground !== undefined) this.#foreground.abort(new Killed(signal));
    else if (!this.#interactive) this.#killed.abort(new Killed(signal));
  }

  #show(bytes: Uint8Array): void {
    if (this.hasExited) return;
    for (let start = 0; start < bytes.length; start += OUTPUT_BYTES) {
      this.#output.push(bytes.subarray(start, start + OUTPUT_BYTES));
    }
    this.#wake?.();
  }

  #exit(code: number): void {
    this.#exitCode ??= code;
    this.#wake?.();
  }
}
