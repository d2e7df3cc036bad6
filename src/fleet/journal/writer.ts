import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { OpenFile } from './disk.js';
import { lineOf } from './lines.js';
import type { JournalRecord } from './records.js';

interface Waiting {
  readonly record: JournalRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes records to a file, in the order in which they come. Those that come while others are brought
 * to the disk wait, and are then brought there together. After a failure nothing more is written: what
 * is on the disk is then only known by reading it.
 */
export class JournalWriter {
  readonly #path: string;
  readonly #file: OpenFile;
  #check = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: TalosFlowError | undefined;

  constructor(path: string, file: OpenFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Resolves when the record is on the disk.
   *
   * @throws {TalosFlowError} with the reason `journal`
   */
  append(record: JournalRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** Closes the file, after all that was appended. */
  async close(): Promise<void> {
    await this.#writing;
    this.#failure ??= new TalosFlowError('the runner is closed', { reason: 'closed' });
    await this.#file.close().catch(() => undefined);
  }

  async #write(): Promise<void> {
    // What is appended in the same turn goes along.
    await undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failure !== undefined) throw this.#failure;
        const { line, check } = lineOf(
          batch.map(({ record }) => record),
          this.#check,
        );
        await this.#file.append(Buffer.from(line));
        await this.#file.sync();
        this.#check = check;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#failure ??= unwritable(this.#path, error);
        for (const { reject } of batch) reject(this.#failure);
      }
    }
    this.#writing = undefined;
  }
}

/** What to throw for an error of the system, such as one about a disk without space. */
export function diskError(path: string, error: unknown): unknown {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string' ||
    typeof (error as NodeJS.ErrnoException).errno === 'number'
    ? unwritable(path, error)
    : error;
}

/** An error about a disk that does not take, or give, what is remembered. */
function unwritable(path: string, cause: unknown): TalosFlowError {
  return new TalosFlowError(
    `cannot read or write ${path}: ${messageOf(cause)}`,
    {
      reason: 'journal',
      hint: 'nothing is lost: see that the disk has space and may be used, then resume() the runs',
    },
    { cause },
  );
}
