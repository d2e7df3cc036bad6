import type { LogEntry, LogKind } from './log-entry.js';

/** A record as Talos prints it: facility, priority, time, text. */
const form = /^(\w+: *\w+): \[([^\]]+)\]: (.*)$/s;

/** What of a record is the same in every reading. */
interface KernelEntry extends LogEntry {
  readonly said: string;
}

/** Records of the kernel. The time of the first one is measured against nothing. */
export const kernelKind: LogKind = {
  fits: (first, known) => (first as KernelEntry).said === (known as KernelEntry).said,
};

/**
 * Makes the entries of one reading of the kernel log.
 *
 * The kernel counts the time of a record from its boot, and the node adds the moment of the boot, which
 * it works out anew for each reading. So the times of two readings differ, all by the same amount: what
 * tells a record is what it says, and how long after the record before.
 */
export class KernelReading {
  #before: bigint | undefined;

  entry(text: string): KernelEntry {
    const [, head = '', time = '', body = ''] = form.exec(text) ?? [];
    const at = nanoseconds(time);
    if (at === undefined) return { text, said: text, key: text };
    const said = `${head}: ${body}`;
    const after = this.#before === undefined ? '' : `${at - this.#before}`;
    this.#before = at;
    return { text, said, key: `${after} ${said}` };
  }
}

/** The nanoseconds of an RFC 3339 time since 1970. */
function nanoseconds(time: string): bigint | undefined {
  const [, whole = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  const ms = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
