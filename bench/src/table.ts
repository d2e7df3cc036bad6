import { type Goal, reaches } from './goals.js';

/** A table in Markdown with columns of even width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** A figure with three digits. */
export const number = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

export const ratio = (value: number | undefined): string => value?.toFixed(2) ?? '-';

/** The goal and whether ours reaches it: the two last cells of a row. */
export function verdict(goal: Goal | undefined, ours: number | undefined): [string, string] {
  if (goal === undefined) return ['', ''];
  const text = `${goal.kind === 'most' ? '<=' : '>='} ${goal.limit}`;
  if (ours === undefined) return [text, '-'];
  return [text, reaches(goal, ours) ? 'reached' : 'SHORT'];
}
