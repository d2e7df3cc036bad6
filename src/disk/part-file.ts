import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ownDirectory } from './own-directory.js';
import { NotAFileError, syncDirectory } from './replace-file.js';
import { writeAll } from './write-all.js';

/** Nobody has written to a part that is so old: it was left behind by a process that died. */
const LEFT_BEHIND_MS = 15 * 60_000;

/** Small chunks are joined until there is so much to write. */
const BLOCK_BYTES = 256 * 1024;

/** Another process writes to the same file. */
export class BeingWrittenError extends Error {
  override readonly name = 'BeingWrittenError';

  constructor(part: string) {
    super(`${part} is being written by another process; remove it if there is none`);
  }
}

/**
 * A file that is there as a whole or not at all. It is written as `<path>.part`, which only its owner
 * can read (0600), and gets its name when all of it is on the disk. Whoever does not come to `finish`
 * calls `discard`.
 */
export class PartFile {
  readonly #path: string;
  readonly #part: string;
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #position = 0;
  #isOpen = true;
  #isFinished = false;

  private constructor(path: string, part: string, file: FileHandle) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
  }

  /**
   * Begins a file. Makes its directory (0700) if it is missing. A part that was left behind is removed.
   *
   * @param now milliseconds since 1970
   * @throws {BeingWrittenError} when another process writes the same file
   * @throws {NotAFileError} when something else than a file is there
   */
  static async create(path: string, now: number): Promise<PartFile> {
    const old = await lstat(path).catch(() => undefined);
    // A rename would put a file in the place of /dev/stdout, or of a link.
    if (old !== undefined && !old.isFile()) throw new NotAFileError(path);
    await ownDirectory(path);
    const part = `${path}.part`;
    const left = await lstat(part).catch(() => undefined);
    if (left?.isFile() && now - left.mtimeMs > LEFT_BEHIND_MS) await rm(part, { force: true });
    let file: FileHandle;
    try {
      file = await open(part, 'wx+', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new BeingWrittenError(part);
      throw error;
    }
    return new PartFile(path, part, file);
  }

  /** Adds bytes. They may be on the disk only after `finish`. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= BLOCK_BYTES) await this.#flush();
  }

  /** Forgets what was written, and begins again. */
  async restart(): Promise<void> {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#position = 0;
    await this.#file.truncate(0);
  }

  /** Reads what was written: `length` bytes at `position`, fewer where it ends. */
  async read(position: number, length: number): Promise<Buffer> {
    await this.#flush();
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  }

  /**
   * Brings everything to the disk and gives the file its name, or another one in the same directory;
   * replaces a file that is there.
   */
  async finish(path = this.#path): Promise<void> {
    await this.#flush();
    await this.#file.chmod(0o600); // open() subtracts the umask
    await this.#file.sync();
    await this.#close();
    await rename(this.#part, path);
    this.#isFinished = true;
    await syncDirectory(dirname(path));
  }

  /** Removes what there is of it. Does nothing after `finish`. */
  async discard(): Promise<void> {
    if (this.#isFinished) return;
    await this.#close().catch(() => undefined);
    await rm(this.#part, { force: true });
  }

  async #flush(): Promise<void> {
    const block = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await writeAll(this.#file, block, this.#position);
    this.#position += block.length;
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}
