/** What the packets of a capture begin with, by the numbers of the file format. */
export const linkTypes = { ethernet: 1, raw: 101 } as const;

/** Says that times are in nanoseconds. */
const MAGIC = 0xa1b23c4d;

/** The head of a capture in the pcap format 2.4, little-endian. */
export function pcapHeader(snapLength: number, linkType: number): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/** The head of one packet: when it came, how much of it is there, and how long it was. */
export function recordHeader(at: number, captured: number, length: number): Uint8Array {
  const header = Buffer.alloc(16);
  const seconds = Math.floor(at / 1000);
  header.writeUInt32LE(seconds >>> 0, 0);
  header.writeUInt32LE(Math.min(999_999_999, Math.floor((at - seconds * 1000) * 1e6)), 4);
  header.writeUInt32LE(captured, 8);
  header.writeUInt32LE(length, 12);
  return header;
}
