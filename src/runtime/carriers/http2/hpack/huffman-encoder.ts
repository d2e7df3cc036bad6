import { codeLengths, END_OF_STRING, makeCodes } from './huffman-code.js';

let codes: Int32Array | undefined;

/** How many bytes `writeHuffman` needs for a text of octets. */
export function huffmanBytes(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) {
    bits += codeLengths[text.charCodeAt(index)] as number;
  }
  return Math.ceil(bits / 8);
}

/** Writes a text of octets in the Huffman code, from `start` on. */
export function writeHuffman(text: string, bytes: Uint8Array, start: number): void {
  codes ??= makeCodes();
  let pos = start;
  // Bits that do not fill a byte yet: the low `waiting` ones of `bits`.
  let bits = 0;
  let waiting = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const last = index === text.length;
    if (last && waiting === 0) return;
    const symbol = last ? END_OF_STRING : text.charCodeAt(index);
    const code = codes[symbol] as number;
    let left = codeLengths[symbol] as number;
    // Byte by byte, since seven waiting bits and a code of 30 do not fit in 32.
    while (left > 0) {
      const taken = Math.min(left, 8 - waiting);
      left -= taken;
      bits = (bits << taken) | ((code >> left) & ((1 << taken) - 1));
      waiting += taken;
      if (waiting < 8) continue;
      bytes[pos++] = bits;
      if (last) return;
      bits = 0;
      waiting = 0;
    }
  }
}
