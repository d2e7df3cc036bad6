import { join } from 'node:path';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Disk } from './disk.js';
import type { DirectoryLock } from './lock.js';
import { beginSegment, type ReadRun, readRun, type SegmentBegin } from './segments.js';
import type { JournalWriter } from './writer.js';

/** What a folder is called while it is removed. */
const FORGOTTEN = 'forgotten-';

/** The runs of a directory, a folder each. */
export class RunFolders {
  readonly directory: string;
  readonly #disk: Disk;
  readonly #runs: string;

  constructor(directory: string, disk: Disk) {
    this.directory = directory;
    this.#disk = disk;
    this.#runs = join(directory, 'runs');
  }

  /** Makes the directory, where it is missing. */
  make(): Promise<void> {
    return this.#disk.makeFolder(this.#runs);
  }

  /** Removes what a process left that died while it removed runs. */
  async sweep(): Promise<void> {
    for (const name of await this.#disk.list(this.directory)) {
      if (name.startsWith(FORGOTTEN)) await this.#disk.remove(join(this.directory, name));
    }
  }

  async ids(): Promise<readonly string[]> {
    return [...(await this.#disk.list(this.#runs))].sort();
  }

  /** As `readRun`. */
  read(id: string): Promise<ReadRun | undefined> {
    return readRun(this.#disk, this.#folder(id), id);
  }

  /** @throws {TalosConfigError} when there is no such run */
  async known(id: string): Promise<ReadRun> {
    const read = await this.read(id);
    if (read !== undefined) return read;
    throw new TalosConfigError(`there is no run ${id} in ${this.directory}`, { field: 'id' });
  }

  /** Makes the next file of a run, once it is sure that the lock is still ours. */
  async write(lock: DirectoryLock, begin: SegmentBegin): Promise<JournalWriter> {
    await lock.confirm();
    return beginSegment(this.#disk, this.#folder(begin.run.id), lock.number, begin);
  }

  /** Removes a run: in one step, so that nobody finds a part of it. */
  async remove(id: string): Promise<void> {
    const gone = join(this.directory, FORGOTTEN + id);
    await this.#disk.remove(gone);
    await this.#disk.rename(this.#folder(id), gone);
    await this.#disk.remove(gone);
  }

  #folder(id: string): string {
    return join(this.#runs, id);
  }
}
