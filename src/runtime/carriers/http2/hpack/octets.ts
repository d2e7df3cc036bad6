/** Node's Buffer with the method behind `toString('latin1')`, which skips checks of arguments. */
export interface Octets extends Buffer {
  latin1Slice(start: number, end: number): string;
}

/** The bytes as a Buffer over the same memory. */
export function asOctets(bytes: Uint8Array): Octets {
  return (
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  ) as Octets;
}

/** A Buffer of unknown contents, in memory of its own. */
export function newOctets(length: number): Octets {
  return Buffer.allocUnsafeSlow(length) as Octets;
}
