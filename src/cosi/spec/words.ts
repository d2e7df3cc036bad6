import type { Flags, Words } from './shape.js';

/** The word for a number of an enum; `''` for a zero without a word, which stands for nothing. */
export function wordOf({ words, called }: Words, number: number): string {
  const word = words[number];
  if (word !== undefined) return word;
  if (called === undefined) return String(number);
  return number === 0 ? '' : `${called}(${number})`;
}

/** The word as YAML has it. Go names a number without a word after its type: `Family(0)`. */
export function readWord(words: Words, text: string): string {
  const [, number] = /^\w+\((-?\d+)\)$/.exec(text) ?? [];
  return number === undefined ? text : wordOf(words, Number(number));
}

/** The words for the bits of a number, the lowest first. Bits without a word are left out. */
export function flagsOf({ flags }: Flags, bits: number): string[] {
  return Object.entries(flags)
    .filter(([bit]) => (bits & Number(bit)) !== 0)
    .map(([, word]) => word);
}
