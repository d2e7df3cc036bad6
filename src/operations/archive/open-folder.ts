import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Something in the way is no folder: a link, or a file. */
export class NoFolderError extends Error {
  override readonly name = 'NoFolderError';
}

/**
 * A folder that is held open. What is made in it is made in that very folder, also when others put a link
 * in its place or in that of a folder above it: the system is given the open folder and a name in it.
 *
 * Node has no call for that, but Linux shows open folders below `/proc/self/fd`. Elsewhere paths are used,
 * and each folder is looked at once, before it is used; whoever can write to them at the same time
 * could still exchange one.
 */
export class OpenFolder {
  readonly #handle: FileHandle | undefined;
  /** The path to use for what is in it. */
  readonly #path: string;

  private constructor(handle: FileHandle | undefined, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** Opens the folder at a path, where a link is followed, and makes it (0700) if it is missing. */
  static async at(path: string): Promise<OpenFolder> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return OpenFolder.#open(path, 0);
  }

  static async #open(path: string, flags: number): Promise<OpenFolder> {
    // Windows does not open folders.
    if (process.platform === 'win32') return new OpenFolder(undefined, path);
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
    if (process.platform !== 'linux') return new OpenFolder(handle, path);
    const held = `/proc/self/fd/${handle.fd}`;
    const isShown = await lstat(held).then(
      () => true,
      () => false,
    );
    return new OpenFolder(handle, isShown ? held : path);
  }

  /**
   * Opens a folder in it, and makes it if it is missing.
   *
   * @throws {NoFolderError} when something else is there, links to folders included
   */
  async folder(name: string): Promise<OpenFolder> {
    const path = join(this.#path, name);
    try {
      await mkdir(path, 0o755);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!(await lstat(path)).isDirectory()) throw new NoFolderError();
    try {
      return await OpenFolder.#open(path, constants.O_NOFOLLOW);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ELOOP' || code === 'ENOTDIR') throw new NoFolderError();
      throw error;
    }
  }

  /** Makes a file in it, which nobody else may read yet. Fails when anything of that name is there. */
  createFile(name: string): Promise<FileHandle> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    return open(join(this.#path, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** Makes a symbolic link in it. Fails when anything of that name is there. */
  createLink(name: string, target: string): Promise<void> {
    return symlink(target, join(this.#path, name));
  }

  removeFile(name: string): Promise<void> {
    return unlink(join(this.#path, name));
  }

  /** Sets the permissions of the folder itself, where folders can be opened. */
  async setMode(mode: number): Promise<void> {
    await this.#handle?.chmod(mode);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
