/** Between two columns. */
const GAP = 3;

/** Rows under each other, each column as wide as its widest cell; the last one is not filled up. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, [...cell].length + GAP);
    }
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === row.length - 1
          ? cell
          : cell + ' '.repeat((widths[column] ?? 0) - [...cell].length),
      );
      return `${cells.join('')}\n`;
    })
    .join('');
}
