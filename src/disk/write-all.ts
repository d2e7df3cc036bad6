import type { FileHandle } from 'node:fs/promises';

/** Writes all of `bytes` at `position`. */
export async function writeAll(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    // A write may take less than it was given, as on a disk that is nearly full.
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
