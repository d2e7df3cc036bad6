import type { Machine } from '../../base/machine.js';
import { type Clock, sleep } from '../../base/time/clock.js';
import type { ContainerFiles } from './container-files.js';
import type { Console } from './terminal.js';

/** What a program in a debug container has around it. */
export interface Program {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly console: Console;
  readonly files: ContainerFiles;
  /** The name it was called with, and what came behind it. */
  readonly args: readonly string[];
  readonly env: Map<string, string>;
  /** The folder it works in. */
  folder: string;
  /** Aborted with `Killed` when the program is to end. */
  readonly signal: AbortSignal;
}

/** Runs a program; gives its exit code. */
export type Run = (program: Program) => Promise<number>;

/** Writes a message of a program about something wrong. */
export function complain({ console, args }: Program, message: string): void {
  console.write(`${args[0] ?? 'sh'}: ${message}\n`);
}

/** Waits in the time of the node. */
export function wait({ clock, signal }: Program, ms: number): Promise<void> {
  return sleep(clock, ms, signal);
}
