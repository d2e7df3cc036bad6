/** The head of an Ethernet frame, of an IPv4 packet, of a TCP segment and of a UDP datagram. */
const ETHERNET = 14;
const IPV4 = 20;
const TCP = 20;
const UDP = 8;

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;

/** Hardware addresses, six bytes with colons between. */
export interface Frame {
  readonly from: string;
  readonly to: string;
}

/** Where an IPv4 packet comes from and goes to. */
export interface Segment {
  readonly source: { readonly ip: string; readonly port: number };
  readonly destination: { readonly ip: string; readonly port: number };
  readonly payload: Uint8Array;
}

/** The address that reaches everybody on the wire. */
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** An Ethernet frame with a TCP segment in it. */
export function tcpPacket(
  frame: Frame,
  segment: Segment,
  { sequence, acknowledgement }: { readonly sequence: number; readonly acknowledgement: number },
): Uint8Array {
  const { source, destination, payload } = segment;
  const body = Buffer.alloc(TCP + payload.length);
  body.writeUInt16BE(source.port, 0);
  body.writeUInt16BE(destination.port, 2);
  body.writeUInt32BE(sequence >>> 0, 4);
  body.writeUInt32BE(acknowledgement >>> 0, 8);
  body[12] = (TCP / 4) << 4;
  // ACK, and PSH when there is something to deliver.
  body[13] = payload.length > 0 ? 0x18 : 0x10;
  body.writeUInt16BE(501, 14);
  body.set(payload, TCP);
  body.writeUInt16BE(transportSum(segment, PROTOCOL_TCP, body), 16);
  return ipv4(frame, segment, PROTOCOL_TCP, body);
}

/** An Ethernet frame with a UDP datagram in it. */
export function udpPacket(frame: Frame, segment: Segment): Uint8Array {
  const { source, destination, payload } = segment;
  const body = Buffer.alloc(UDP + payload.length);
  body.writeUInt16BE(source.port, 0);
  body.writeUInt16BE(destination.port, 2);
  body.writeUInt16BE(body.length, 4);
  body.set(payload, UDP);
  body.writeUInt16BE(transportSum(segment, PROTOCOL_UDP, body) || 0xffff, 6);
  return ipv4(frame, segment, PROTOCOL_UDP, body);
}

/** An Ethernet frame that asks who has an IPv4 address. */
export function arpRequest(from: string, source: string, target: string): Uint8Array {
  const packet = Buffer.alloc(ETHERNET + 28);
  writeEthernet(packet, { from, to: BROADCAST }, 0x0806);
  packet.set([0, 1, 8, 0, 6, 4, 0, 1], ETHERNET);
  packet.set(hardware(from), ETHERNET + 8);
  packet.set(address(source), ETHERNET + 14);
  packet.set(address(target), ETHERNET + 24);
  return packet;
}

function ipv4(frame: Frame, segment: Segment, protocol: number, body: Uint8Array): Uint8Array {
  const packet = Buffer.alloc(ETHERNET + IPV4 + body.length);
  writeEthernet(packet, frame, 0x0800);
  const header = packet.subarray(ETHERNET, ETHERNET + IPV4);
  header[0] = 0x45;
  header.writeUInt16BE(IPV4 + body.length, 2);
  // May not be cut into fragments.
  header[6] = 0x40;
  header[8] = 64;
  header[9] = protocol;
  header.set(address(segment.source.ip), 12);
  header.set(address(segment.destination.ip), 16);
  header.writeUInt16BE(internetSum([header]), 10);
  packet.set(body, ETHERNET + IPV4);
  return packet;
}

function writeEthernet(packet: Buffer, { from, to }: Frame, type: number): void {
  packet.set(hardware(to), 0);
  packet.set(hardware(from), 6);
  packet.writeUInt16BE(type, 12);
}

function hardware(text: string): readonly number[] {
  return text.split(':').map((part) => Number.parseInt(part, 16));
}

function address(ip: string): readonly number[] {
  return ip.split('.').map(Number);
}

/** The checksum of TCP and UDP covers the addresses, too. */
function transportSum(segment: Segment, protocol: number, body: Uint8Array): number {
  const pseudo = Buffer.alloc(12);
  pseudo.set(address(segment.source.ip), 0);
  pseudo.set(address(segment.destination.ip), 4);
  pseudo[9] = protocol;
  pseudo.writeUInt16BE(body.length, 10);
  return internetSum([pseudo, body]);
}

/** The checksum of RFC 1071: the sum of 16-bit words, with carries added and bits turned. */
function internetSum(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let index = 0; index < part.length; index += 2) {
      sum += ((part[index] as number) << 8) | (part[index + 1] ?? 0);
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
