import { HpackError } from './hpack-error.js';
import { codeLengths, END_OF_STRING, makeCodes } from './huffman-code.js';
import { newOctets, type Octets } from './octets.js';

/**
 * The code's tree has 256 inner nodes; they are the states of an automaton that takes four bits at
 * a time. No code is shorter than five bits, so that a step ends at most one symbol.
 */
interface Automaton {
  /** For each state and each four bits: the next state, and `SYMBOL` with the octet, or `BROKEN`. */
  readonly steps: Uint32Array;
  /** Whether a text may end in a state: the bits since the last symbol fill up a byte. */
  readonly mayEnd: Uint8Array;
}

// A step: bits 0-7 next state, 8-15 octet, then two flags.
const SYMBOL = 0x1_0000;
const BROKEN = 0x2_0000;

/** Made when the first coded text comes: that takes a millisecond. */
let automaton: Automaton | undefined;

/** The octets of the coded text between `start` and `end`, each as a character. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  automaton ??= makeAutomaton();
  const { steps, mayEnd } = automaton;
  // No code is shorter than five bits.
  const text = roomFor(Math.floor(((end - start) * 8) / 5));
  let length = 0;
  let state = 0;
  let seen = 0;
  for (let pos = start; pos < end; pos += 1) {
    const byte = bytes[pos] as number;
    const high = steps[(state << 4) | (byte >> 4)] as number;
    if (high & SYMBOL) text[length++] = high >> 8;
    const low = steps[((high & 0xff) << 4) | (byte & 15)] as number;
    if (low & SYMBOL) text[length++] = low >> 8;
    seen |= high | low;
    state = low & 0xff;
  }
  if (seen & BROKEN) throw new HpackError('a Huffman code holds the end-of-string symbol');
  if (mayEnd[state] === 0) throw new HpackError('a Huffman code is filled up wrongly');
  return text.latin1Slice(0, length);
}

const KEPT = 4096;
let kept: Octets | undefined;

/** A buffer that is free until the next call. A large one is not kept. */
function roomFor(length: number): Octets {
  if (length > KEPT) return newOctets(length);
  kept ??= newOctets(KEPT);
  return kept;
}

function makeAutomaton(): Automaton {
  const children = makeTree();
  const nodes = children.length / 2;
  const steps = new Uint32Array(nodes * 16);
  for (let state = 0; state < nodes; state += 1) {
    for (let bits = 0; bits < 16; bits += 1)
      steps[(state << 4) | bits] = step(children, state, bits);
  }
  // What fills up the last byte are the leading bits of the end-of-string symbol, all ones, and
  // fewer than eight.
  const mayEnd = new Uint8Array(nodes);
  for (let ones = 0, node = 0; ones < 8; ones += 1) {
    mayEnd[node] = 1;
    node = children[node * 2 + 1] as number;
  }
  return { steps, mayEnd };
}

/** Both children of each inner node: another inner node, or a symbol as its complement. */
function makeTree(): Int16Array {
  const codes = makeCodes();
  const children = new Int16Array((codes.length - 1) * 2);
  let nodes = 1;
  for (let symbol = 0; symbol < codes.length; symbol += 1) {
    const code = codes[symbol] as number;
    let node = 0;
    for (let bit = (codeLengths[symbol] as number) - 1; bit > 0; bit -= 1) {
      const place = node * 2 + ((code >> bit) & 1);
      if (children[place] === 0) children[place] = nodes++;
      node = children[place] as number;
    }
    children[node * 2 + (code & 1)] = ~symbol;
  }
  return children;
}

function step(children: Int16Array, state: number, bits: number): number {
  let node = state;
  let result = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    node = children[node * 2 + ((bits >> bit) & 1)] as number;
    if (node >= 0) continue;
    const symbol = ~node;
    if (symbol === END_OF_STRING) return BROKEN;
    result = SYMBOL | (symbol << 8);
    node = 0;
  }
  return result | node;
}
