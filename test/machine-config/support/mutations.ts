/** Numbers that look random and repeat for a seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Pieces that change what a YAML text means. */
const pieces = [
  '\n',
  '  ',
  ': ',
  '- ',
  '#',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '|',
  '>',
  'null',
  '~',
  '0',
  'true',
  '!!str ',
  '!x ',
  '<<: ',
  '__proto__: ',
  '---\n',
  '...\n',
  '\t',
  '%YAML 1.1\n',
  '@',
  '1.5',
  '0x1f',
  '2026-01-02',
  '\u0000',
  '\u2028',
  '\ufeff',
  '\r\n',
  '? ',
];

/** A text with one thing cut out, put in, copied, or a line moved. */
export function mutated(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  switch (random(4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random(6));
    case 1:
      return text.slice(0, at) + (pieces[random(pieces.length)] ?? '') + text.slice(at);
    case 2: {
      const from = random(text.length + 1);
      return text.slice(0, at) + text.slice(from, from + random(30)) + text.slice(at);
    }
    default: {
      const lines = text.split('\n');
      const line = random(lines.length);
      const other = lines[random(lines.length)] ?? '';
      lines.splice(line, 1, ...(random(2) === 0 ? [] : [lines[line] ?? '', other]));
      return lines.join('\n');
    }
  }
}
