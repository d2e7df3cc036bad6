import { dirname } from 'node:path';
import type { Disk, OpenFile } from '../../../src/fleet/journal/disk.js';

interface File {
  bytes: Buffer;
  /** As it was when `sync` came last. */
  synced: Buffer;
}

/** What survives the death of a process: files and folders in memory. */
export class MemoryDisk {
  readonly files = new Map<string, File>();
  readonly folders = new Set<string>();
  /** How often something was brought to the disk. */
  syncs = 0;
  /** How many files are open. */
  opened = 0;
  /** Bytes that may still be written; then there is no space. */
  space = Number.POSITIVE_INFINITY;
  /** Called before each thing that changes the disk; what it throws happens in its place. */
  before: (what: string, path: string) => void = () => {};

  /** The disk as a process sees it, until `kill` is called. */
  process(): { readonly disk: Disk; kill(): void } {
    let isAlive = true;
    const kill = (): void => {
      isAlive = false;
    };
    const act = <T>(what: string, path: string, run: () => T): Promise<T> =>
      Promise.resolve().then(() => {
        if (!isAlive) return new Promise<T>(() => {});
        if (!['list', 'read'].includes(what)) this.before(what, path);
        // It may have died right before.
        return isAlive ? run() : new Promise<T>(() => {});
      });
    return { disk: this.#disk(act), kill };
  }

  /** The text of a file. */
  text(path: string): string {
    return this.#file(path).bytes.toString('utf8');
  }

  /** The paths of the files whose names have this beginning. */
  named(start: string): readonly string[] {
    return [...this.files.keys()]
      .filter((path) => path.split('/').at(-1)?.startsWith(start))
      .sort();
  }

  /** Puts bytes where a file is, or is to be. */
  put(path: string, bytes: Buffer): void {
    this.#addFolder(dirname(path));
    this.files.set(path, { bytes, synced: bytes });
  }

  /** As after a power failure: what was not synced is gone. */
  losePower(): void {
    for (const file of this.files.values()) file.bytes = file.synced;
  }

  /** Another disk with the same on it. */
  copy(): MemoryDisk {
    const other = new MemoryDisk();
    for (const [path, { bytes, synced }] of this.files) other.files.set(path, { bytes, synced });
    for (const folder of this.folders) other.folders.add(folder);
    return other;
  }

  #disk(act: <T>(what: string, path: string, run: () => T) => Promise<T>): Disk {
    return {
      makeFolder: (path) => act('makeFolder', path, () => this.#addFolder(path)),
      list: (path) => act('list', path, () => this.#list(path)),
      read: (path) => act('read', path, () => this.files.get(path)?.bytes),
      create: (path, text) =>
        act('create', path, () => {
          if (this.files.has(path)) return false;
          this.put(path, this.#take(Buffer.from(text)));
          return true;
        }),
      begin: (path) =>
        act('begin', path, () => {
          if (this.files.has(path)) throw codeError('EEXIST');
          this.put(path, Buffer.alloc(0));
          return this.#open(path, act);
        }),
      open: (path) => act('open', path, () => this.#open(path, act)),
      remove: (path) =>
        act('remove', path, () => {
          for (const each of [...this.files.keys(), ...this.folders]) {
            if (each !== path && !each.startsWith(`${path}/`)) continue;
            this.files.delete(each);
            this.folders.delete(each);
          }
        }),
      rename: (from, to) =>
        act('rename', from, () => {
          for (const [each, file] of [...this.files]) {
            if (each !== from && !each.startsWith(`${from}/`)) continue;
            this.files.delete(each);
            this.put(to + each.slice(from.length), file.bytes);
          }
          for (const each of [...this.folders]) {
            if (each === from || each.startsWith(`${from}/`)) this.folders.delete(each);
          }
        }),
    };
  }

  #open(path: string, act: <T>(what: string, path: string, run: () => T) => Promise<T>): OpenFile {
    const file = this.#file(path);
    this.opened += 1;
    return {
      append: (bytes) =>
        act('append', path, () => {
          const fits = bytes.subarray(0, this.space);
          this.space -= fits.length;
          file.bytes = Buffer.concat([file.bytes, fits]);
          if (fits.length < bytes.length) throw codeError('ENOSPC');
        }),
      overwrite: (bytes) =>
        act('overwrite', path, () => {
          file.bytes = Buffer.concat([bytes, file.bytes.subarray(bytes.length)]);
          file.synced = file.bytes;
        }),
      sync: () =>
        act('sync', path, () => {
          this.syncs += 1;
          file.synced = file.bytes;
        }),
      close: async () => {
        this.opened -= 1;
      },
    };
  }

  #take(bytes: Buffer): Buffer {
    if (bytes.length > this.space) throw codeError('ENOSPC');
    return bytes;
  }

  #file(path: string): File {
    const file = this.files.get(path);
    if (file === undefined) throw codeError('ENOENT');
    return file;
  }

  #addFolder(path: string): void {
    for (let each = path; each !== '/' && each !== '.'; each = dirname(each))
      this.folders.add(each);
  }

  #list(path: string): readonly string[] {
    const names = [...this.files.keys(), ...this.folders]
      .filter((each) => dirname(each) === path)
      .map((each) => each.slice(path.length + 1));
    return [...new Set(names)];
  }
}

function codeError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code, errno: -1 });
}
