/** Applies a unified diff as `patch` does, strictly: every line of it must fit. */
export function applyDiff(before: string, diff: string): string {
  if (diff === '') return before;
  const old = before === '' ? [] : before.split(/(?<=\n)/);
  const result: string[] = [];
  const lines = diff.split(/(?<=\n)/);
  let at = 0;
  let index = 2;
  while (index < lines.length) {
    const header = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n$/.exec(lines[index] ?? '');
    if (header === null) throw new Error(`no hunk: ${lines[index]}`);
    index += 1;
    const [oldStart = 0, oldCount = 0, newStart = 0, newCount = 0] = header.slice(1).map(Number);
    const start = oldCount === 0 ? oldStart : oldStart - 1;
    if (start < at) throw new Error('hunks overlap');
    result.push(...old.slice(at, start));
    at = start;
    if (result.length !== (newCount === 0 ? newStart : newStart - 1)) {
      throw new Error('wrong start of the new lines');
    }
    let removed = 0;
    let added = 0;
    while (removed < oldCount || added < newCount) {
      const mark = lines[index]?.[0];
      let line = lines[index]?.slice(1) ?? '';
      index += 1;
      if (lines[index]?.startsWith('\\')) {
        line = line.slice(0, -1);
        index += 1;
      }
      if (mark === ' ' || mark === '-') {
        if (old[at] !== line) throw new Error(`expected ${JSON.stringify(old[at])}`);
        at += 1;
        removed += 1;
      }
      if (mark === ' ' || mark === '+') {
        result.push(line);
        added += 1;
      }
      if (mark !== ' ' && mark !== '-' && mark !== '+') throw new Error(`no mark: ${mark}`);
    }
  }
  return [...result, ...old.slice(at)].join('');
}
