import type { gunzipSync, gzipSync } from 'node:zlib';

interface Zlib {
  readonly gunzipSync: typeof gunzipSync;
  readonly gzipSync: typeof gzipSync;
}

/** Node's zlib, loaded when something is compressed. Talos compresses nothing. */
function zlib(): Zlib {
  return process.getBuiltinModule('node:zlib');
}

/** The bytes of a message, compressed. */
export function compressed(message: Uint8Array): Uint8Array {
  return zlib().gzipSync(message);
}

/**
 * The bytes of a compressed message.
 *
 * @returns `too-large` if there are more than `limit`, and `broken` if it is no gzip
 */
export function decompressed(
  message: Uint8Array,
  limit: number,
): Uint8Array | 'too-large' | 'broken' {
  try {
    return zlib().gunzipSync(message, { maxOutputLength: limit });
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'broken';
  }
}
