import { lineEdits } from './line-edits.js';

/** Unchanged lines shown before and after a change. */
const context = 3;

/** What the two sides are called behind `---` and `+++`. */
export interface DiffNames {
  /** Default: `a`. */
  readonly before?: string | undefined;
  /** Default: `b`. */
  readonly after?: string | undefined;
}

/**
 * What `patch` needs to make `after` of `before`: a unified diff with three lines of context, empty
 * when the texts are equal. The fewest lines change, but for texts that are made to be slow: those
 * get a longer diff, in bounded time.
 */
export function unifiedDiff(before: string, after: string, names: DiffNames = {}): string {
  if (before === after) return '';
  const script = scriptOf(linesOf(before), linesOf(after));
  settle(script);
  return `--- ${names.before ?? 'a'}\n+++ ${names.after ?? 'b'}\n${hunks(script)}`;
}

/** Every line of both texts in the order of the diff, with what happens to it. */
interface Script {
  readonly lines: string[];
  readonly marks: (' ' | '-' | '+')[];
}

/** With their line ends: the last line may have none. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length;
    lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}

function scriptOf(old: readonly string[], fresh: readonly string[]): Script {
  // Of the shortest ways, the one from new to old is the one that Talos' own diff mostly takes.
  const { removed: added, added: removed } = lineEdits(fresh, old);
  const script: Script = { lines: [], marks: [] };
  let x = 0;
  let y = 0;
  while (x < old.length || y < fresh.length) {
    const mark = removed[x] === 1 ? '-' : added[y] === 1 ? '+' : ' ';
    script.lines.push((mark === '+' ? fresh[y] : old[x]) as string);
    script.marks.push(mark);
    if (mark !== '+') x += 1;
    if (mark !== '-') y += 1;
  }
  return script;
}

/** How far `settle` moves lines at most, all moves together. */
const maxMoves = 1_000_000;

/** Lets lines that come stand as early as they can, so that a new document begins with its `---`. */
function settle({ lines, marks }: Script): void {
  let moves = 0;
  for (let at = 0; at < marks.length && moves < maxMoves; at += 1) {
    if (marks[at] !== '+' || marks[at + 1] === '+') continue;
    let last = at;
    for (let end = at; end >= 0; end -= 1, moves += 1) {
      if (marks[end] === '+') continue;
      if (marks[end] !== ' ' || lines[end] !== lines[last]) break;
      marks[last] = ' ';
      marks[end] = '+';
      last -= 1;
    }
  }
}

function hunks(script: Script): string {
  const { marks } = script;
  let text = '';
  let oldLine = 1;
  let freshLine = 1;
  let at = 0;
  for (;;) {
    const change = nextChange(marks, at);
    if (change === marks.length) return text;
    const start = Math.max(at, change - context);
    oldLine += start - at;
    freshLine += start - at;
    let end = change;
    // Changes with little between them share a hunk.
    for (let next = change; next < marks.length && next - end <= 2 * context; ) {
      end = next + 1;
      next = nextChange(marks, end);
    }
    end = Math.min(marks.length, end + context);
    const removed = count(marks, '-', start, end);
    const added = count(marks, '+', start, end);
    const oldCount = end - start - added;
    const freshCount = end - start - removed;
    text += `@@ -${range(oldLine, oldCount)} +${range(freshLine, freshCount)} @@\n`;
    for (let index = start; index < end; index += 1) text += printed(script, index);
    oldLine += oldCount;
    freshLine += freshCount;
    at = end;
  }
}

function nextChange(marks: Script['marks'], from: number): number {
  let at = from;
  while (at < marks.length && marks[at] === ' ') at += 1;
  return at;
}

function count(marks: Script['marks'], mark: string, start: number, end: number): number {
  let found = 0;
  for (let at = start; at < end; at += 1) if (marks[at] === mark) found += 1;
  return found;
}

/** An empty range names the line before it. */
function range(line: number, lines: number): string {
  return `${lines === 0 ? line - 1 : line},${lines}`;
}

function printed({ lines, marks }: Script, index: number): string {
  const line = lines[index] as string;
  return `${marks[index]}${line}${line.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`;
}
