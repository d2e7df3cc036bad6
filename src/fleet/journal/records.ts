import type { Ended, RunStart, ToldRow } from '../engine/memory.js';
import type { FlowFailure } from '../flow.js';
import type { Json } from '../json.js';

/** The number of the format. Another number is refused. */
export const FORMAT = 1;

/** A flow of a run begins; the first one is the run itself. */
export interface FlowStart extends RunStart {
  readonly cluster?: string | undefined;
}

/** The first record of each file of a run. */
export interface HeaderRecord {
  readonly kind: 'journal';
  readonly format: number;
  readonly run: FlowStart;
  readonly startedAtMs: number;
  /** The file that this one goes on from, and how much of it counts. */
  readonly after?: SegmentEnd | undefined;
}

/** Where a file ends, as far as it counts. */
export interface SegmentEnd {
  readonly file: string;
  readonly bytes: number;
  /** The check of its last line, so that another file of the name is found out. */
  readonly check: number;
}

/** Something of a flow, by its id; with the rows that changed since the one before. */
interface OfFlow {
  readonly id: string;
  readonly rows?: readonly ToldRow[] | undefined;
}

/** Something of a step: `at` is its place among those of the flow, from 0. */
interface OfStep extends OfFlow {
  readonly at: number;
}

/** What happens to a flow and its steps. */
export type FlowRecord =
  | ({ readonly kind: 'begin'; readonly name: string } & OfStep)
  | ({ readonly kind: 'failed'; readonly error: FlowFailure } & OfStep)
  | ({ readonly kind: 'detail'; readonly detail: Json } & OfStep)
  | ({ readonly kind: 'held'; readonly what: string } & OfFlow)
  | ({ readonly kind: 'end'; readonly name: string; readonly ended: Ended } & OfStep)
  | ({ readonly kind: 'over'; readonly ended: Ended; readonly atMs: number } & OfFlow);

/** What is remembered of a run. */
export type JournalRecord =
  | HeaderRecord
  | ({ readonly kind: 'child' } & FlowStart)
  | FlowRecord
  | { readonly kind: 'asked'; readonly word: 'pause' | 'continue' | 'cancel' }
  | { readonly kind: 'sent'; readonly name: string; readonly value: Json };

/** Whether a record is about a flow and its steps. */
export function isOfFlow(record: JournalRecord): record is FlowRecord {
  return ofFlow.has(record.kind);
}

const ofFlow: ReadonlySet<string> = new Set<FlowRecord['kind']>([
  'begin',
  'failed',
  'detail',
  'held',
  'end',
  'over',
]);
