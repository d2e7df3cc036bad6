import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../../disk/replace-file.js';
import { writeAll } from '../../disk/write-all.js';

/** A file that is written, from its end on or from its beginning. */
export interface OpenFile {
  /** Writes all of it at the end of the file. It may be on the disk only after `sync`. */
  append(bytes: Uint8Array): Promise<void>;
  /** Writes all of it over the beginning of the file. */
  overwrite(bytes: Uint8Array): Promise<void>;
  /** Brings to the disk what was written. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What the journal does with the disk. Files are for their owner alone (0600), folders too (0700). */
export interface Disk {
  /** Makes a folder, and those above it. */
  makeFolder(path: string): Promise<void>;
  /** The names in a folder; none if it is not there. */
  list(path: string): Promise<readonly string[]>;
  /** The bytes of a file; nothing if it is not there. */
  read(path: string): Promise<Buffer | undefined>;
  /** Makes a file with this text, in one step; gives false when there is one. */
  create(path: string, text: string): Promise<boolean>;
  /** Makes an empty file to write to, which must not be there. */
  begin(path: string): Promise<OpenFile>;
  /** Opens a file to overwrite. */
  open(path: string): Promise<OpenFile>;
  /** Removes a file, or a folder with all that is in it; does nothing if it is not there. */
  remove(path: string): Promise<void>;
  /** Gives a file or a folder another name. */
  rename(from: string, to: string): Promise<void>;
}

/** The disk of the machine. */
export const machineDisk: Disk = {
  async makeFolder(path) {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncDirectory(dirname(path));
  },
  async list(path) {
    return (await unlessMissing(readdir(path))) ?? [];
  },
  read(path) {
    return unlessMissing(readFile(path));
  },
  async create(path, text) {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeNew(temporary, text);
      if (!(await isLinked(temporary, path, text))) return false;
    } finally {
      await rm(temporary, { force: true });
    }
    await syncDirectory(dirname(path));
    return true;
  },
  async begin(path) {
    const file = openFile(await open(path, 'wx', 0o600));
    await syncDirectory(dirname(path));
    return file;
  },
  async open(path) {
    return openFile(await open(path, 'r+'));
  },
  async remove(path) {
    await rm(path, { force: true, recursive: true });
  },
  async rename(from, to) {
    await rename(from, to);
    await syncDirectory(dirname(to));
  },
};

function openFile(file: FileHandle): OpenFile {
  let end = 0;
  return {
    async append(bytes) {
      await writeAll(file, bytes, end);
      end += bytes.length;
    },
    overwrite: (bytes) => writeAll(file, bytes, 0),
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether the file got its name, which may be taken. */
async function isLinked(temporary: string, path: string, text: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    // Whoever came first may also have removed what this one prepared.
    if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT')) return false;
    const codes = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];
    if (!codes.some((code) => isCode(error, code))) throw error;
    return isWritten(path, text);
  }
}

/** Some file systems have no hard links. There, a reader may see a part of the text. */
async function isWritten(path: string, text: string): Promise<boolean> {
  try {
    await writeNew(path, text);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
