import { access, constants, mkdir, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { NotAFileError, replaceFile } from '../../disk/replace-file.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { KeyFault } from '../openpgp/key-fault.js';
import { readSigningKey } from '../openpgp/read-key.js';
import type { SigningKey } from '../openpgp/signing-key.js';
import { unfit } from './validity.js';

/** Whose key it is, and where it is kept. */
export interface KeyFileOptions {
  readonly context: string;
  readonly identity: string;
  /** The folders to look in, in order. The first is written to. */
  readonly directories: readonly string[];
}

/** What was found where a key should be. */
export type Found =
  | { readonly key: SigningKey }
  | {
      readonly path: string;
      /** Why it cannot sign. */
      readonly reason: string;
      /** Whether a new key in its place helps. */
      readonly renewable: boolean;
    };

/** The file of the key with which a user signs, which talosctl and omnictl share. */
export class KeyFile {
  readonly #name: string;
  readonly #directories: readonly string[];

  constructor({ context, identity, directories }: KeyFileOptions) {
    this.#name = `${context}-${identity}.pgp`;
    this.#directories = directories;
  }

  /** Where a new key is written. */
  get path(): string {
    return join(this.#directories[0] as string, this.#name);
  }

  /**
   * The key in the first folder that has one.
   *
   * @param now milliseconds since 1970
   * @throws {TalosConfigError} when a file is there that cannot be read
   */
  async read(now: number): Promise<Found> {
    for (const directory of this.#directories) {
      const path = join(directory, this.#name);
      const text = await textOf(path);
      if (text !== undefined) return found(path, text, now);
    }
    const reason = `there is none for this user; looked in ${this.#directories.join(', ')}`;
    return { path: this.path, reason, renewable: true };
  }

  /**
   * Finds out whether `write` can succeed, before somebody logs in for nothing.
   *
   * @throws {TalosConfigError} when it cannot
   */
  async prepare(): Promise<void> {
    const [directory = ''] = this.#directories;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await access(directory, constants.W_OK);
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
  }

  /** @throws {TalosConfigError} when it cannot be written */
  async write(armored: string): Promise<void> {
    try {
      // A link is followed; where there is no file yet, there is nothing to follow.
      await replaceFile(await realpath(this.path).catch(() => this.path), armored);
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
  }
}

/** Keys are a few hundred bytes. */
const MOST_BYTES = 256 * 1024;

/** What the file holds; `undefined` when there is none. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    // Opening a pipe would wait for a writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw keyError(path, 'is not an ordinary file');
      if (stats.size > MOST_BYTES) throw keyError(path, `is larger than ${MOST_BYTES} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof TalosConfigError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw keyError(path, `cannot be read (${code ?? 'unknown reason'})`, cause);
  }
}

function found(path: string, text: string, now: number): Found {
  let key: SigningKey;
  try {
    key = readSigningKey(text);
  } catch (cause) {
    if (!(cause instanceof KeyFault)) throw cause;
    return { path, reason: cause.message, renewable: cause.kind === 'damaged' };
  }
  const problem = unfit(key, now);
  if (problem === undefined) return { key };
  return { path, ...problem };
}

function unwritable(path: string, cause: unknown): TalosConfigError {
  const { code } = cause as NodeJS.ErrnoException;
  const reason =
    cause instanceof NotAFileError
      ? cause.message
      : `cannot be written (${code ?? 'unknown reason'})`;
  return keyError(path, reason, cause);
}

/** The error about a key file. `reason` must show nothing of the key. */
export function keyError(path: string, reason: string, cause?: unknown): TalosConfigError {
  return new TalosConfigError(
    `signing key ${path}: ${reason}`,
    { path },
    cause === undefined ? undefined : { cause },
  );
}
