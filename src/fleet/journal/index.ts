import { resolve } from 'node:path';
import { anything, list, text } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { FlowTable } from '../engine/flow-table.js';
import { time, timeLimit } from '../engine/kinds.js';
import { type FlowParts, machineFlowParts } from '../engine/parts.js';
import type { Flow } from '../flow.js';
import { type Disk, machineDisk } from './disk.js';
import { type Host, thisHost } from './host.js';
import { DirectoryLock } from './lock.js';
import { RunFolders } from './run-folders.js';
import { type JournalRunner, Runner } from './runner.js';
import { diskError } from './writer.js';

export type { JournalRunner } from './runner.js';

/** Where runs are remembered, and what may be run. */
export interface JournalOptions {
  /** The folder of the journal, on a disk of this machine. It is made (0700) if it is missing. */
  readonly directory: string;
  /** The flows that may be run. Those in their `children` need not be named. */
  readonly flows: readonly Flow[];
  /**
   * How long another process that works with the directory is waited for. Milliseconds. Default: 5
   * seconds longer than its lease.
   */
  readonly waitMs?: number | undefined;
  /**
   * How long this process may be silent before one in another container takes its runs over, if it
   * cannot see whether this one lives. Milliseconds. Default: 15000.
   */
  readonly leaseMs?: number | undefined;
}

/** What a runner stands on. */
export interface JournalParts {
  readonly flow: FlowParts;
  readonly disk: Disk;
  readonly host: Host;
}

const machineParts: JournalParts = { flow: machineFlowParts, disk: machineDisk, host: thisHost };

const optionsShape: Shape<JournalOptions> = {
  directory: text,
  flows: list(anything, 'flows'),
  waitMs: time,
  leaseMs: timeLimit,
};

/**
 * A runner that remembers in files: each thing is on the disk before it is acted on. It needs no
 * server. One process at a time works with a directory, and the directory is on a disk of its machine.
 * The files are readable for their owner alone. They hold what flows and steps got and gave, and the
 * messages of their errors: no secret belongs there.
 *
 * `close()` it before the process ends, so that the next one need not find out that this one is dead.
 *
 * @example
 * ```ts
 * await using runner = await journalRunner({ directory: 'fleet', flows: [upgradeFleet] });
 * await runner.resume();
 * const run = await runner.start(upgradeFleet, input, { id: 'talos-1.14.1' });
 * await run.result();
 * ```
 * @throws {TalosFlowError} with the reason `locked` when another process works with the directory
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function journalRunner(options: JournalOptions): Promise<JournalRunner> {
  return openJournal(options, machineParts);
}

/** As `journalRunner`, on other parts than those of the machine. */
export async function openJournal(
  options: JournalOptions,
  parts: JournalParts,
): Promise<JournalRunner> {
  checkOptions(options, optionsShape, 'journalRunner', "{ directory: 'fleet', flows: [] }");
  const { directory, flows, waitMs, leaseMs = 15_000 } = options;
  if (directory === undefined || directory === '' || flows === undefined) {
    const field = flows === undefined ? 'flows' : 'directory';
    throw new TalosConfigError(`journalRunner: ${field}: is missing`, { field });
  }
  const table = new FlowTable(flows, 'journalRunner');
  const path = resolve(directory);
  const folders = new RunFolders(path, parts.disk);
  const runner = new Runner(folders, table, parts.flow);
  try {
    await folders.make();
    const lock = await DirectoryLock.take(
      { directory: path, waitMs, leaseMs },
      { ...parts, clock: parts.flow.clock },
      (error) => runner.end(error),
    );
    await runner.begin(lock);
  } catch (error) {
    throw diskError(path, error);
  }
  return runner;
}
