/** One instruction of a classic BPF program, as a line of `tcpdump -dd` gives it. */
export interface Instruction {
  readonly op: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** A filter: how many bytes of a packet it lets through, 0 for none. */
export type Filter = (packet: Uint8Array) => number;

/** The most instructions that the kernel takes. */
const MAX_LENGTH = 4_096;

/** How many words a program can store. */
const MEMORY = 16;

/** Where the kernel's own values begin, which are at no place of a packet. */
const ANCILLARY = 0xffff_f000;

/** What an instruction does, by its lowest bits. */
const LD = 0;
const LDX = 1;
const ST = 2;
const STX = 3;
const ALU = 4;
const JMP = 5;
const RET = 6;
const MISC = 7;

/** Every operation that the kernel knows; it takes no other. */
const known: ReadonlySet<number> = new Set([
  ...[0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80],
  ...[0x01, 0x61, 0x81, 0xb1],
  ...[ST, STX],
  ...[
    0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c,
  ],
  ...[0x84, 0x94, 0x9c, 0xa4, 0xac],
  ...[0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d],
  ...[0x06, 0x16],
  ...[0x07, 0x87],
]);

/**
 * The filter that a program is.
 *
 * @throws {Error} when the kernel would refuse it: with operations that there are not, jumps out of
 * it, a division by zero, or no return at its end.
 */
export function filterOf(program: readonly Instruction[]): Filter {
  if (!isSound(program)) throw new Error('error setting BPF filter: invalid argument');
  return (packet) => run(program, packet);
}

function isSound(program: readonly Instruction[]): boolean {
  if (program.length === 0 || program.length > MAX_LENGTH) return false;
  const fits = program.every(({ op, jt, jf, k }, index) => {
    if (!known.has(op)) return false;
    const left = program.length - index - 1;
    switch (op & 0x07) {
      case ST:
      case STX:
        return k < MEMORY;
      case LD:
      case LDX:
        return (op & 0xe0) !== 0x60 || k < MEMORY;
      case ALU:
        if (op === 0x34 || op === 0x94) return k !== 0;
        return (op !== 0x64 && op !== 0x74) || k < 32;
      case JMP:
        return op === 0x05 ? k < left : jt < left && jf < left;
      default:
        return true;
    }
  });
  return fits && ((program.at(-1)?.op ?? 0) & 0x07) === RET;
}

/** A program that reads beyond a packet, or divides by zero, lets nothing through. */
function run(program: readonly Instruction[], packet: Uint8Array): number {
  const data = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  const memory = new Uint32Array(MEMORY);
  let a = 0;
  let x = 0;
  for (let at = 0; ; at += 1) {
    const { op, jt, jf, k } = program[at] as Instruction;
    switch (op & 0x07) {
      case LD:
      case LDX: {
        const value = load(op, k, x, data, memory);
        if (value === undefined) return 0;
        if ((op & 0x07) === LD) a = value;
        else x = value;
        break;
      }
      case ST:
        memory[k] = a;
        break;
      case STX:
        memory[k] = x;
        break;
      case ALU: {
        const value = calculate(op & 0xf0, a, (op & 0x08) === 0 ? k : x);
        if (value === undefined) return 0;
        a = value;
        break;
      }
      case JMP:
        if (op === 0x05) at += k;
        else at += isTrue(op & 0xf0, a, (op & 0x08) === 0 ? k : x) ? jt : jf;
        break;
      case RET:
        return op === 0x16 ? a : k;
      case MISC:
        if (op === 0x07) x = a;
        else a = x;
        break;
    }
  }
}

function load(
  op: number,
  k: number,
  x: number,
  data: Buffer,
  memory: Uint32Array,
): number | undefined {
  switch (op & 0xe0) {
    case 0x00:
      return k;
    case 0x60:
      return memory[k];
    case 0x80:
      return data.length;
    case 0xa0:
      // The length of an IP header, from its first byte.
      return k < data.length ? ((data[k] as number) & 0x0f) * 4 : undefined;
    default: {
      if ((op & 0xe0) === 0x20 && k >= ANCILLARY) return ancillary(k - ANCILLARY, data);
      const start = (op & 0xe0) === 0x40 ? x + k : k;
      const size = { 0: 4, 8: 2, 16: 1 }[op & 0x18] ?? 4;
      return start + size <= data.length ? data.readUIntBE(start, size) : undefined;
    }
  }
}

/** What the kernel knows of a packet besides its bytes; there are no VLANs here. */
function ancillary(value: number, data: Buffer): number {
  return value === 0 ? data.readUInt16BE(12) : 0;
}

function calculate(operation: number, a: number, operand: number): number | undefined {
  switch (operation) {
    case 0x00:
      return (a + operand) >>> 0;
    case 0x10:
      return (a - operand) >>> 0;
    case 0x20:
      return Math.imul(a, operand) >>> 0;
    case 0x30:
      return operand === 0 ? undefined : Math.floor(a / operand);
    case 0x40:
      return (a | operand) >>> 0;
    case 0x50:
      return (a & operand) >>> 0;
    case 0x60:
      return operand > 31 ? 0 : (a << operand) >>> 0;
    case 0x70:
      return operand > 31 ? 0 : a >>> operand;
    case 0x80:
      return -a >>> 0;
    case 0x90:
      return operand === 0 ? undefined : a % operand;
    default:
      return (a ^ operand) >>> 0;
  }
}

function isTrue(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case 0x10:
      return a === operand;
    case 0x20:
      return a > operand;
    case 0x30:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
