import { crc32 } from 'node:zlib';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import type { JournalRecord } from './records.js';

// A line is `["<check>",[<records>]]`: all that was brought to the disk at once. So a line that was not
// written to its end is the last one, and nobody has been told of what is in it. The check covers the
// lines before too: none can be missing, doubled or in another place.

const NEWLINE = 0x0a;
const START = '["';
const CHECK_DIGITS = 8;
const END = ']';

/** A line for these records, and its check. `before` is the check of the line before, or 0. */
export function lineOf(
  records: readonly JournalRecord[],
  before: number,
): { readonly line: string; readonly check: number } {
  const text = JSON.stringify(records);
  const check = crc32(text, before);
  return { line: `${START}${hex(check)}",${text}${END}\n`, check };
}

/** The records in a file, as far as they are whole. */
export interface ReadLines {
  readonly records: readonly JournalRecord[];
  /** The check of the last whole line. */
  readonly check: number;
  /** Up to where the lines are whole. */
  readonly bytes: number;
}

/**
 * Reads the lines of a file. A last line that is not whole is left out.
 *
 * @throws {TalosFlowError} with the reason `journal` when another line is not whole
 */
export function readLines(bytes: Buffer, file: string): ReadLines {
  const records: JournalRecord[] = [];
  let check = 0;
  let start = 0;
  for (let number = 1; start < bytes.length; number += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1) break;
    const line = recordsOf(bytes.toString('utf8', start, end), check);
    if (line === undefined) {
      if (end === bytes.length - 1) break;
      throw damaged(`${file}: line ${number} is damaged`);
    }
    for (const record of line.records) records.push(record);
    check = line.check;
    start = end + 1;
  }
  return { records, check, bytes: start };
}

/** An error about what is on the disk. */
export function damaged(problem: string, options?: ErrorOptions): TalosFlowError {
  return new TalosFlowError(
    problem,
    {
      reason: 'journal',
      hint: 'bring back the folder of the run from a copy, or look at its nodes and remove it with forget()',
    },
    options,
  );
}

function recordsOf(
  line: string,
  before: number,
): { readonly records: readonly JournalRecord[]; readonly check: number } | undefined {
  const from = START.length + CHECK_DIGITS + 2;
  const text = line.slice(from, -END.length);
  const check = crc32(text, before);
  if (line !== `${START}${hex(check)}",${text}${END}`) return undefined;
  return { records: JSON.parse(text) as JournalRecord[], check };
}

function hex(check: number): string {
  return check.toString(16).padStart(CHECK_DIGITS, '0');
}
