/** Signals by the numbers of Linux. */
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGKILL = 9;
export const SIGTERM = 15;
const SIGCHLD = 17;
const SIGCONT = 18;
const SIGTTOU = 22;
const SIGURG = 23;
const SIGWINCH = 28;

/** The highest signal that there is. */
const LAST = 64;

/** Whether there is such a signal; 0 only asks whether the process is there. */
export function isSignal(signal: number): boolean {
  return Number.isInteger(signal) && signal >= 0 && signal <= LAST;
}

/**
 * Whether a signal ends a process that does nothing about it. Those that stop one do not show here.
 */
export function isDeadly(signal: number): boolean {
  if (signal === 0 || signal === SIGURG || signal === SIGWINCH || signal === SIGCHLD) return false;
  return signal < SIGCONT || signal > SIGTTOU;
}

/** The reason why a program ends that was killed. */
export class Killed extends Error {
  override readonly name = 'Killed';
  readonly signal: number;

  constructor(signal: number) {
    super(`killed by signal ${signal}`);
    this.signal = signal;
  }

  /** What it leaves as its exit code. */
  get exitCode(): number {
    return 128 + this.signal;
  }
}
