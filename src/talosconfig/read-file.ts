import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { configError, type Place } from './place.js';

/** Room for 1,500 contexts with certificates, or 40,000 with hardly anything. */
const MOST_BYTES = 5 * 1024 * 1024;
/** How long a pipe may take. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;

/** What a file holds, and whether users other than its owner can read it. */
export interface FileContent {
  readonly bytes: Uint8Array;
  readonly isOpenToOthers: boolean;
}

/**
 * Reads a file, or a pipe as `<(command)` in a shell makes one. A device without an end, a pipe that
 * nobody writes to and a file of another kind end with an error instead of filling the memory or
 * waiting for ever.
 *
 * @throws {TalosConfigError} when it cannot be read, is larger than 5 MiB, or takes over 5 s.
 */
export async function readWhole(
  path: string,
  patienceMs: number = PATIENCE_MS,
  what = 'talosconfig',
): Promise<FileContent> {
  try {
    // Opening a pipe would wait for a writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await file.stat();
      return {
        bytes: await readToEnd(file, { what, path }, stats.isFIFO(), patienceMs),
        isOpenToOthers: stats.isFile() && process.platform !== 'win32' && (stats.mode & 0o044) > 0,
      };
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'config') throw cause;
    throw configError(`cannot be read (${code ?? 'unknown reason'})`, { what, path }, { cause });
  }
}

async function readToEnd(
  file: FileHandle,
  place: Place,
  isPipe: boolean,
  patienceMs: number,
): Promise<Uint8Array> {
  const until = performance.now() + patienceMs;
  const chunks: Buffer[] = [];
  let size = 0;
  while (true) {
    const chunk = await nextChunk(file);
    // A pipe is at its end too while nobody has opened it for writing yet.
    if (chunk?.length === 0 && !(isPipe && size === 0)) return Buffer.concat(chunks, size);
    if (chunk !== undefined && chunk.length > 0) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_BYTES) {
        throw configError(`is larger than ${MOST_BYTES} bytes; that is no ${place.what}`, place);
      }
      continue;
    }
    if (performance.now() > until) {
      throw configError(`is a pipe that did not end within ${patienceMs} ms`, place);
    }
    await sleep(PAUSE_MS);
  }
}

/** The next bytes, none at the end, or `undefined` where there is nothing to read yet. */
async function nextChunk(file: FileHandle): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  try {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
