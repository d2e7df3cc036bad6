/** A packet of a capture. */
export interface CapturedPacket {
  /** Seconds since 1970, and nanoseconds. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** How long it was on the wire. */
  readonly length: number;
  readonly bytes: Buffer;
}

/** A capture, read by the description of the pcap format. */
export interface Capture {
  readonly snapLength: number;
  readonly linkType: number;
  readonly packets: readonly CapturedPacket[];
  /** Bytes at the end that are no whole packet. */
  readonly rest: number;
}

/** Reads a capture; fails when its head is not that of nanoseconds, little-endian, version 2.4. */
export function readCapture(file: Uint8Array): Capture {
  const bytes = Buffer.from(file);
  const head = bytes.subarray(0, 8).toString('hex');
  if (head !== '4d3cb2a102000400') throw new Error(`this is no capture: ${head}`);
  const packets: CapturedPacket[] = [];
  let at = 24;
  while (at + 16 <= bytes.length) {
    const captured = bytes.readUInt32LE(at + 8);
    if (at + 16 + captured > bytes.length) break;
    packets.push({
      seconds: bytes.readUInt32LE(at),
      nanoseconds: bytes.readUInt32LE(at + 4),
      length: bytes.readUInt32LE(at + 12),
      bytes: bytes.subarray(at + 16, at + 16 + captured),
    });
    at += 16 + captured;
  }
  return {
    snapLength: bytes.readUInt32LE(16),
    linkType: bytes.readUInt32LE(20),
    packets,
    rest: bytes.length - at,
  };
}

/** What an Ethernet frame has in it, as far as tests look. */
export interface Decoded {
  readonly from: string;
  readonly to: string;
  readonly type: number;
  /** Of IPv4 packets: 6 for TCP, 17 for UDP. */
  readonly protocol?: number;
  readonly ports?: readonly [source: number, destination: number];
}

/** Reads the heads of a frame; fails when a checksum of IPv4, TCP or UDP is wrong. */
export function decode(frame: Buffer): Decoded {
  const hardware = (at: number) =>
    [...frame.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  const ethernet = { to: hardware(0), from: hardware(6), type: frame.readUInt16BE(12) };
  if (ethernet.type !== 0x0800) return ethernet;
  const ip = frame.subarray(14, 34);
  if (wordSum(ip) !== 0xffff) throw new Error('the checksum of the IP header is wrong');
  const body = frame.subarray(34, 14 + frame.readUInt16BE(16));
  const protocol = ip[9] as number;
  const pseudo = Buffer.from([
    ...ip.subarray(12, 20),
    0,
    protocol,
    body.length >> 8,
    body.length & 255,
  ]);
  if (wordSum(Buffer.concat([pseudo, body])) !== 0xffff) throw new Error('a checksum is wrong');
  return { ...ethernet, protocol, ports: [body.readUInt16BE(0), body.readUInt16BE(2)] };
}

/** The sum of RFC 1071; all ones when a checksum in it is right. */
function wordSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += (bytes[at] as number) * 256 + (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}
