/** Lines around a change that are shown with it. */
const CONTEXT = 3;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** The changes between two texts, line by line; empty when there are none. */
export function diffText(before: string, after: string): string {
  const lines = diffLines(before.split('\n'), after.split('\n'));
  const shown = new Set<number>();
  lines.forEach(({ sign }, index) => {
    if (sign === ' ') return;
    for (let near = index - CONTEXT; near <= index + CONTEXT; near++) shown.add(near);
  });
  const text: string[] = [];
  lines.forEach(({ sign, text: line }, index) => {
    if (!shown.has(index)) return;
    if (text.length > 0 && !shown.has(index - 1)) text.push('...');
    text.push(`${sign}${line}`);
  });
  return text.join('\n');
}

/** A shortest edit: what both have in common, in order, is kept. */
function diffLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let oldEnd = before.length;
  let newEnd = after.length;
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd--;
    newEnd--;
  }
  const keep = (lines: readonly string[]): Line[] => lines.map((text) => ({ sign: ' ', text }));
  return [
    ...keep(before.slice(0, start)),
    ...changed(before.slice(start, oldEnd), after.slice(start, newEnd)),
    ...keep(before.slice(oldEnd)),
  ];
}

function changed(before: readonly string[], after: readonly string[]): readonly Line[] {
  // common[i][j]: how many lines before.slice(i) and after.slice(j) have in common
  const common = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const row = common[i] as number[];
    for (let j = after.length - 1; j >= 0; j--) {
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const text = after[j];
    if (old !== undefined && old === text) {
      lines.push({ sign: ' ', text: old });
      i++;
      j++;
    } else if (old !== undefined && (text === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: old });
      i++;
    } else if (text !== undefined) {
      lines.push({ sign: '+', text });
      j++;
    }
  }
  return lines;
}
