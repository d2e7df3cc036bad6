/**
 * A header block breaks the rules of HPACK. Both sides' tables may differ from here on, so that the
 * whole connection ends, with COMPRESSION_ERROR (RFC 7541, section 2.3.3; RFC 9113, section 4.3).
 */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
