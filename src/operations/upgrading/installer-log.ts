import { createHash } from 'node:crypto';
import { logs } from '../../../generated/features/logs.js';
import type { CallOptions } from '../../runtime/call-options.js';
import { lines } from '../../runtime/streams/lines.js';
import type { Target } from '../../runtime/target.js';

/**
 * What the log of machined says of the last upgrade since a mark.
 *
 * - `none`: no installer began
 * - `began`: one began, and its end is not there
 * - `completed`, `failed`: how it ended
 * - `lost`: the mark is gone, since the node was rebooted or has written much since
 */
export type InstallerNews =
  | { readonly state: 'none' | 'began' | 'completed' | 'lost' }
  | { readonly state: 'failed'; readonly exitCode: number };

/** A mark for a log that was empty. */
const EMPTY = '';

/**
 * Marks the end of the log of machined, which also tells of its installers. Any role that reads may do
 * it. The mark is a digest of the last line: with its time, there is only one like it.
 */
export async function markMachinedLog(node: Target, call: CallOptions): Promise<string> {
  let mark = EMPTY;
  for await (const line of machinedLog(node, 1, call)) mark = digestOf(line);
  return mark;
}

/** What the log of machined says of upgrades since it was marked. */
export async function readInstallerNews(
  node: Target,
  mark: string,
  call: CallOptions,
): Promise<InstallerNews> {
  let news: InstallerNews = { state: mark === EMPTY ? 'none' : 'lost' };
  for await (const line of machinedLog(node, -1, call)) {
    if (mark !== EMPTY && digestOf(line) === mark) news = { state: 'none' };
    else if (news.state !== 'lost') news = newsIn(line) ?? news;
  }
  return news;
}

function machinedLog(node: Target, tailLines: number, call: CallOptions): AsyncIterable<string> {
  return lines(logs(node).logs({ namespace: 'system', id: 'machined', tailLines }, call));
}

function digestOf(line: string): string {
  return createHash('sha256').update(line).digest('hex').slice(0, 32);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the level is in colour.
const leveled = /^\S+[\t ]+(?:\u001b\[\d+m)?[A-Z]+(?:\u001b\[0m)?[\t ]+(.*)$/;
const dated = /^\d{4}\/\d\d\/\d\d \S+ (?:\[talos\] )?(.*)$/;

/**
 * What a line says of an upgrade. Since Talos 1.14 these are lines with a level and fields, such as
 * `2026-01-31T23:59:59.123Z INFO upgrade completed {…, "exit_code": 0}`; before, the first and the
 * last are as other programs in Go write theirs: `2026/01/31 23:59:59.123456 [talos] upgrade completed
 * successfully: exit_code=0`. The lines of an installer itself are inside the fields.
 */
function newsIn(line: string): InstallerNews | undefined {
  const [, text = ''] = leveled.exec(line) ?? dated.exec(line) ?? [];
  if (/^(?:starting upgrade|upgrade progress)(?:: |[\t ]+\{)/.test(text)) return { state: 'began' };
  const [, word, code] =
    /^upgrade (completed|failed)\b.*?\bexit_code(?:=|":[\t ]*)(-?\d+)/.exec(text) ?? [];
  if (word === undefined) return undefined;
  return word === 'completed'
    ? { state: 'completed' }
    : { state: 'failed', exitCode: Number(code) };
}
