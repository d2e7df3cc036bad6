import { describe, expect, it } from 'vitest';
import { filterOf, type Instruction } from '../../../testkit/src/topics/network/bpf.js';
import { arpRequest, tcpPacket, udpPacket } from '../../../testkit/src/topics/network/packets.js';
import { decode } from '../../support/pcap.js';

/** A program as `tcpdump -dd` prints it, without brackets. */
function program(text: string): Instruction[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [op = 0, jt = 0, jf = 0, k = 0] = line.split(',').map(Number);
      return { op, jt, jf, k };
    });
}

/** `tcpdump -dd -y EN10MB tcp port 80`. */
const port80 = program(`
  0x28, 0, 0, 12
  0x15, 0, 6, 0x86dd
  0x30, 0, 0, 20
  0x15, 0, 15, 6
  0x28, 0, 0, 54
  0x15, 12, 0, 80
  0x28, 0, 0, 56
  0x15, 10, 11, 80
  0x15, 0, 10, 0x800
  0x30, 0, 0, 23
  0x15, 0, 8, 6
  0x28, 0, 0, 20
  0x45, 6, 0, 0x1fff
  0xb1, 0, 0, 14
  0x48, 0, 0, 14
  0x15, 2, 0, 80
  0x48, 0, 0, 16
  0x15, 0, 1, 80
  0x6, 0, 0, 262144
  0x6, 0, 0, 0`);

const frame = { from: '02:00:0a:05:00:02', to: '02:00:0a:05:00:03' };
const numbers = { sequence: 1, acknowledgement: 2 };

function tcp(from: number, to: number, payload = 'hello'): Uint8Array {
  return tcpPacket(
    frame,
    {
      source: { ip: '10.5.0.2', port: from },
      destination: { ip: '10.5.0.3', port: to },
      payload: Buffer.from(payload),
    },
    numbers,
  );
}

function udp(from: number, to: number): Uint8Array {
  return udpPacket(frame, {
    source: { ip: '10.5.0.2', port: from },
    destination: { ip: '10.5.0.3', port: to },
    payload: Buffer.from('odd'),
  });
}

// Linux: classic BPF on packet sockets.
describe('a filter', () => {
  it('lets through what the program of tcpdump lets through', () => {
    const filter = filterOf(port80);
    expect(filter(tcp(80, 40_000))).toBe(262_144);
    expect(filter(tcp(40_000, 80))).toBe(262_144);
    expect(filter(tcp(81, 40_000))).toBe(0);
    expect(filter(udp(80, 80))).toBe(0);
    expect(filter(arpRequest(frame.from, '10.5.0.2', '10.5.0.3'))).toBe(0);
  });

  it.each([
    ['adds', '0x0, 0, 0, 0xffffffff\n0x4, 0, 0, 3\n0x16, 0, 0, 0', 2],
    ['subtracts', '0x0, 0, 0, 1\n0x14, 0, 0, 2\n0x16, 0, 0, 0', 0xffff_ffff],
    ['multiplies', '0x0, 0, 0, 0x10001\n0x24, 0, 0, 0x10001\n0x16, 0, 0, 0', 0x20001],
    ['divides', '0x0, 0, 0, 17\n0x34, 0, 0, 5\n0x16, 0, 0, 0', 3],
    ['takes the rest', '0x0, 0, 0, 17\n0x94, 0, 0, 5\n0x16, 0, 0, 0', 2],
    ['shifts', '0x0, 0, 0, 0x81\n0x64, 0, 0, 31\n0x16, 0, 0, 0', 0x8000_0000],
    ['negates', '0x0, 0, 0, 1\n0x84, 0, 0, 0\n0x16, 0, 0, 0', 0xffff_ffff],
    [
      'stores and loads',
      '0x0, 0, 0, 9\n0x2, 0, 0, 15\n0x0, 0, 0, 0\n0x60, 0, 0, 15\n0x16, 0, 0, 0',
      9,
    ],
    ['jumps', '0x5, 0, 0, 1\n0x6, 0, 0, 1\n0x6, 0, 0, 2', 2],
    [
      'compares without signs',
      '0x0, 0, 0, 0xffffffff\n0x25, 0, 1, 1\n0x6, 0, 0, 1\n0x6, 0, 0, 2',
      1,
    ],
    ['knows the length', '0x80, 0, 0, 0\n0x16, 0, 0, 0', 59],
    ['lets nothing through when it reads beyond', '0x20, 0, 0, 100\n0x6, 0, 0, 9', 0],
    ['lets nothing through when X is 0', '0x0, 0, 0, 1\n0x3c, 0, 0, 0\n0x6, 0, 0, 9', 0],
  ])('%s', (_, text, expected) => {
    expect(filterOf(program(text))(tcp(1, 2))).toBe(expected);
  });

  it.each([
    ['without an instruction', []],
    ['without a return at its end', program('0x28, 0, 0, 12')],
    ['with a jump beyond its end', program('0x15, 0, 1, 6\n0x6, 0, 0, 0')],
    ['with a far jump beyond its end', program('0x5, 0, 0, 1\n0x6, 0, 0, 0')],
    ['with an operation that there is not', program('0xff, 0, 0, 0\n0x6, 0, 0, 0')],
    ['with a division by zero', program('0x34, 0, 0, 0\n0x6, 0, 0, 0')],
    ['with a place that memory does not have', program('0x2, 0, 0, 16\n0x6, 0, 0, 0')],
    ['that is too long', Array.from({ length: 4_097 }, () => ({ op: 6, jt: 0, jf: 0, k: 0 }))],
  ])('%s is refused', (_, instructions) => {
    expect(() => filterOf(instructions)).toThrow('error setting BPF filter: invalid argument');
  });
});

// RFC 791, 793, 768 and 1071.
describe('a packet', () => {
  it('has right heads and checksums', () => {
    for (const payload of ['', 'x', 'even', 'Ä'.repeat(300)]) {
      expect(decode(Buffer.from(tcp(2_380, 40_000, payload)))).toMatchObject({
        ...frame,
        type: 0x0800,
        protocol: 6,
        ports: [2_380, 40_000],
      });
    }
    expect(decode(Buffer.from(udp(53, 40_000)))).toMatchObject({ protocol: 17 });
  });
});
