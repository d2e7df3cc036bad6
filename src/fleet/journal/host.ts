import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** What tells a process from all others. What the system does not tell is absent. */
export interface ProcessFacts {
  readonly pid: number;
  readonly host: string;
  /** When it was started, in ticks since the boot. */
  readonly startTime?: string | undefined;
  /** The id of the boot of the machine. */
  readonly bootId?: string | undefined;
  /** Which processes it sees: in containers, many processes have the same number. */
  readonly pidNamespace?: string | undefined;
}

/** What is known of the life of another process. */
export type Life = 'lives' | 'dead' | 'unknown';

/** The process that we are, and what it can say of others. */
export interface Host {
  facts(): Promise<ProcessFacts>;
  lifeOf(other: ProcessFacts): Promise<Life>;
}

/** The process itself. */
export const thisHost: Host = {
  async facts() {
    const [bootId, pidNamespace, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined),
      readlink('/proc/self/ns/pid').catch(() => undefined),
      statOf('self'),
    ]);
    return {
      pid: process.pid,
      host: hostname(),
      startTime: stat?.startTime,
      bootId: bootId?.trim(),
      pidNamespace,
    };
  },
  async lifeOf(other) {
    const self = await thisHost.facts();
    if (other.bootId === undefined || other.startTime === undefined || self.bootId === undefined) {
      return self.host === other.host && isGone(other.pid) ? 'dead' : 'unknown';
    }
    // The number would be that of another process here.
    if (self.bootId !== other.bootId || self.pidNamespace !== other.pidNamespace) return 'unknown';
    const stat = await statOf(String(other.pid));
    // Systems may hide the processes of others.
    if (stat === undefined) return isGone(other.pid) ? 'dead' : 'unknown';
    return stat.startTime === other.startTime && !'ZX'.includes(stat.state) ? 'lives' : 'dead';
  },
};

/** Whether there is no process of this number. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** The facts of `proc(5)`: the name of the program stands in brackets, and may hold any character. */
async function statOf(pid: string): Promise<{ state: string; startTime: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  return { state, startTime: fields[19] ?? '' };
}
