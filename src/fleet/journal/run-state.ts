import type { Ended, ToldRow } from '../engine/memory.js';
import { rowKey } from '../engine/row-key.js';
import type { Json } from '../json.js';
import type { ProgressRow } from '../runner.js';
import { type FlowStart, isOfFlow, type JournalRecord } from './records.js';

/** What is known of a step. */
export interface StepState {
  readonly name: string;
  attempts: number;
  /** Whether the last attempt began and has not ended. */
  isUnknown: boolean;
  detail: Json | undefined;
  ended: Ended | undefined;
}

/** What is known of a flow of a run. */
export interface FlowState {
  readonly start: FlowStart;
  /** By their place in the flow; none once the flow has ended. */
  steps: StepState[];
  /** What it works on alone; nothing once the flow has ended. */
  held: string[];
  ended: Ended | undefined;
}

/** All that is known of a run. It is made of its records alone, one after the other. */
export class RunState {
  readonly start: FlowStart;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly flows = new Map<string, FlowState>();
  readonly rows = new Map<string, ProgressRow>();
  readonly sent = new Map<string, Json>();
  isPaused = false;
  isCancelled = false;
  endedAtMs: number | undefined;

  constructor(start: FlowStart, startedAtMs: number) {
    this.start = start;
    this.startedAtMs = startedAtMs;
    this.flows.set(start.id, newFlow(start));
  }

  /** How the run ended. */
  get ended(): Ended | undefined {
    return this.flow(this.start.id).ended;
  }

  flow(id: string): FlowState {
    const found = this.flows.get(id);
    if (found === undefined) throw new Error(`the run ${this.start.id} has no flow ${id}`);
    return found;
  }

  /** Notes how far something is. */
  tell(flow: string, row: ToldRow): ProgressRow {
    const { cluster } = this.flow(flow).start;
    const { node, step, state, sinceMs, attempt, lastError } = row;
    const full = {
      run: this.start.id,
      flow,
      cluster,
      node,
      step,
      state,
      sinceMs,
      attempt,
      lastError,
    };
    this.rows.set(rowKey(full), full);
    return full;
  }

  /** Notes what was read from a disk. */
  replay(record: JournalRecord): void {
    this.apply(record);
    if (!isOfFlow(record)) return;
    for (const row of record.rows ?? []) this.tell(record.id, row);
  }

  /** Notes what is on a disk now; its rows are known already. */
  apply(record: JournalRecord): void {
    switch (record.kind) {
      case 'journal':
        return;
      case 'child': {
        const { kind: _, ...start } = record;
        this.flows.set(start.id, newFlow(start));
        return;
      }
      case 'begin': {
        const step = this.#step(record.id, record.at, record.name);
        step.attempts += 1;
        step.isUnknown = true;
        return;
      }
      case 'failed':
        this.#step(record.id, record.at).isUnknown = false;
        return;
      case 'detail':
        this.#step(record.id, record.at).detail = record.detail;
        return;
      case 'held':
        this.flow(record.id).held.push(record.what);
        return;
      case 'end':
        this.#step(record.id, record.at, record.name).ended = record.ended;
        return;
      case 'over': {
        const flow = this.flow(record.id);
        flow.ended = record.ended;
        // It is not run again.
        flow.steps = [];
        flow.held = [];
        if (record.id === this.start.id) this.endedAtMs = record.atMs;
        return;
      }
      case 'asked':
        if (record.word === 'cancel') this.isCancelled = true;
        else this.isPaused = record.word === 'pause';
        return;
      case 'sent':
        this.sent.set(record.name, record.value);
        return;
      default:
        throw new Error(`a record of the unknown kind ${(record as { kind: unknown }).kind}`);
    }
  }

  #step(flow: string, at: number, name?: string): StepState {
    const { steps } = this.flow(flow);
    const known = steps[at];
    if (known !== undefined) return known;
    if (name === undefined) throw new Error(`the flow ${flow} has no step ${at}`);
    const step = newStep(name);
    steps[at] = step;
    return step;
  }
}

function newFlow(start: FlowStart): FlowState {
  return { start, steps: [], held: [], ended: undefined };
}

/** A step of which nothing is known but its name. */
export function newStep(name: string): StepState {
  return { name, attempts: 0, isUnknown: false, detail: undefined, ended: undefined };
}
