const NEWLINE = 0x0a;

/**
 * The last `lines` lines of a log, or all of it when that is negative. A last line without a line
 * break counts, too.
 */
export function lastLines(log: Buffer, lines: number): Buffer {
  if (lines < 0) return log;
  let end = log.length;
  if (lines === 0) return log.subarray(end);
  if (log[end - 1] === NEWLINE) end -= 1;
  for (let line = 0; line < lines && end >= 0; line++) {
    end = end === 0 ? -1 : log.lastIndexOf(NEWLINE, end - 1);
  }
  return log.subarray(end + 1);
}
