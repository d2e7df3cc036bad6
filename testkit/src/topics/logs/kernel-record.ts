/** How urgent a record is, as the kernel names it. */
export type Priority = 'emerg' | 'alert' | 'crit' | 'err' | 'warning' | 'notice' | 'info' | 'debug';

/** One record of the kernel's log. */
export interface KernelRecord {
  /** Who wrote it: the kernel, or a program. */
  readonly facility: 'kern' | 'user' | 'daemon';
  readonly priority: Priority;
  /** In milliseconds since 1970, with fractions. */
  readonly at: number;
  /** May have several lines; the last one usually ends with a line break. */
  readonly text: string;
}
