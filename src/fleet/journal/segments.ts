import { join } from 'node:path';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Disk } from './disk.js';
import { damaged, type ReadLines, readLines } from './lines.js';
import { type FlowStart, FORMAT, type HeaderRecord, type SegmentEnd } from './records.js';
import { RunState } from './run-state.js';
import { JournalWriter } from './writer.js';

// A run is a folder of files `journal-<lock>-<part>.jsonl`. Each holder of the lock writes files of its
// own, and says in the first record how much of the file before counts. So whatever a process still
// writes that was overtaken, nobody reads.

/** A run as it is on the disk. */
export interface ReadRun {
  readonly state: RunState;
  /** Where the next file goes on. */
  readonly end: SegmentEnd;
}

/**
 * Reads a run.
 *
 * @returns nothing when there is none, or its begin was not brought to the disk
 * @throws {TalosFlowError} with the reason `journal`, naming the file and the line
 */
export async function readRun(
  disk: Disk,
  folder: string,
  id: string,
): Promise<ReadRun | undefined> {
  const last = await lastSegment(disk, folder);
  if (last === undefined) return undefined;
  const parts = [last.lines];
  for (let after = headerOf(last, folder).after; after !== undefined; ) {
    const lines = await readBefore(disk, folder, after);
    parts.unshift(lines);
    after = headerOf({ file: after.file, lines }, folder).after;
  }
  const [first] = parts as [ReadLines];
  const { run, startedAtMs } = first.records[0] as HeaderRecord;
  const state = new RunState(run, startedAtMs);
  if (state.start.id !== id) {
    throw damaged(`${folder} is that of the run ${state.start.id}`);
  }
  try {
    for (const { records } of parts) for (const record of records) state.replay(record);
  } catch (cause) {
    throw damaged(`${join(folder, last.file)}: ${messageOf(cause)}`, { cause });
  }
  const { check, bytes } = last.lines;
  return { state, end: { file: last.file, bytes, check } };
}

/** What a new file of a run begins with. */
export interface SegmentBegin {
  readonly run: FlowStart;
  readonly startedAtMs: number;
  readonly after: SegmentEnd | undefined;
}

/** Makes the next file of a run, for the holder of the lock with this number. */
export async function beginSegment(
  disk: Disk,
  folder: string,
  lock: number,
  { run, startedAtMs, after }: SegmentBegin,
): Promise<JournalWriter> {
  await disk.makeFolder(folder);
  const parts = (await segmentsIn(disk, folder)).filter((segment) => segment.lock === lock);
  const path = join(folder, `journal-${lock}-${(parts[0]?.part ?? 0) + 1}.jsonl`);
  const writer = new JournalWriter(path, await disk.begin(path));
  try {
    await writer.append({ kind: 'journal', format: FORMAT, run, startedAtMs, after });
    return writer;
  } catch (error) {
    await writer.close();
    throw error;
  }
}

interface Segment {
  readonly file: string;
  readonly lock: number;
  readonly part: number;
}

interface ReadSegment {
  readonly file: string;
  readonly lines: ReadLines;
}

/** The last file with a first record; where that is not whole, nothing was written after it. */
async function lastSegment(disk: Disk, folder: string): Promise<ReadSegment | undefined> {
  for (const { file } of await segmentsIn(disk, folder)) {
    const bytes = await disk.read(join(folder, file));
    if (bytes === undefined) continue;
    const lines = readLines(bytes, join(folder, file));
    if (lines.bytes > 0) return { file, lines };
  }
  return undefined;
}

/** The part of a file that counts. */
async function readBefore(disk: Disk, folder: string, after: SegmentEnd): Promise<ReadLines> {
  const path = join(folder, after.file);
  const bytes = segmentOf(after.file) && (await disk.read(path));
  if (bytes === undefined) throw damaged(`${path} is missing`);
  const lines = readLines(bytes.subarray(0, after.bytes), path);
  if (lines.bytes === after.bytes && lines.check === after.check) return lines;
  throw damaged(`${path}: what comes after the first ${lines.bytes} bytes is damaged`);
}

function headerOf({ file, lines }: ReadSegment, folder: string): HeaderRecord {
  const path = join(folder, file);
  const [header] = lines.records;
  if (header?.kind !== 'journal') throw damaged(`${path} does not begin with its header`);
  if (header.format === FORMAT) return header;
  throw new TalosFlowError(`${path} has the format ${header.format}, and not ${FORMAT}`, {
    reason: 'journal',
    hint: 'go on with the release of talos-client that wrote it',
  });
}

/** The files of a run, the last one first. */
async function segmentsIn(disk: Disk, folder: string): Promise<readonly Segment[]> {
  const segments = (await disk.list(folder))
    .map(segmentOf)
    .filter((segment) => segment !== undefined);
  return segments.sort((a, b) => b.lock - a.lock || b.part - a.part);
}

function segmentOf(file: string): Segment | undefined {
  const [, lock, part] = /^journal-(\d+)-(\d+)\.jsonl$/.exec(file) ?? [];
  return part === undefined ? undefined : { file, lock: Number(lock), part: Number(part) };
}
