import type { Child, ChildOutcome, Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { ChildStart, Ended, FlowMemory } from './memory.js';
import type { FlowParts } from './parts.js';

/** What `children` was asked for, with the defaults. */
export interface Family<I extends Json, O extends Json> {
  readonly name: string;
  readonly flow: Flow<I, O>;
  readonly list: readonly Child<I>[];
  readonly limit: number;
  readonly maxFailures: number;
}

/** Does something once for each name, and gives what is remembered of it. */
type Remember = (name: string, body: () => Promise<Ended>) => Promise<Json>;

/**
 * Runs the children in rounds: those that may begin begin, and one more ends. Both are remembered, so
 * that whoever does it again decides the same. What begins is remembered before it does: whatever
 * happens afterwards, nobody begins fewer.
 */
export async function runChildren<I extends Json, O extends Json>(
  memory: FlowMemory,
  parts: FlowParts,
  remember: Remember,
  family: Family<I, O>,
): Promise<readonly ChildOutcome<O>[]> {
  const { name, list, limit, maxFailures } = family;
  const starts = list.map((child) => startOf(memory, family, child));
  const outcomes = new Map<string, ChildOutcome<O>>();
  const row = { node: undefined, step: name, sinceMs: parts.wallMs(), attempt: 1 };
  const tell = (state: 'running' | 'done'): void =>
    memory.tell({ ...row, state, lastError: undefined });
  let running: readonly ChildStart[] = [];
  let begun = 0;
  let failures = 0;
  let mayBegin = true;
  for (let round = 1; ; round += 1) {
    const next = starts.slice(begun, begun + limit - running.length);
    mayBegin &&= failures <= maxFailures;
    if (mayBegin && next.length > 0) {
      mayBegin = await mayGoOn(memory, remember, `${name}#${round} begins`);
      if (mayBegin) {
        running = [...running, ...next];
        begun += next.length;
      }
    }
    if (running.length === 0) break;
    const waitsFor = running;
    const ended = (await remember(`${name}#${round} ends`, async () => {
      tell('running');
      await memory.startChildren(waitsFor);
      return someEnded(memory, waitsFor);
    })) as unknown as Ends;
    for (const [id, end] of Object.entries(ended)) {
      if (end.state === 'failed') failures += 1;
      outcomes.set(id, outcomeOf(id.slice(memory.id.length + 1), end));
    }
    running = running.filter(({ id }) => !outcomes.has(id));
  }
  tell('done');
  return starts.map(
    ({ id }, index) => outcomes.get(id) ?? { id: (list[index] as Child<I>).id, state: 'not begun' },
  );
}

/** Whole id → how it ended. */
type Ends = { readonly [id: string]: Ended };

async function mayGoOn(memory: FlowMemory, remember: Remember, name: string): Promise<boolean> {
  const word = await remember(name, async () => ({
    state: 'done',
    output: await memory.untilMayGoOn(memory.signal),
  }));
  return word === 'go on';
}

/** Waits until at least one has ended; gives all that have, in the order in which they began. */
async function someEnded(memory: FlowMemory, starts: readonly ChildStart[]): Promise<Ended> {
  const ids = starts.map(({ id }) => id);
  const ended = await memory.untilEnded(ids, memory.signal);
  const output: Record<string, Json> = {};
  for (const id of ids) {
    const end = ended.get(id);
    if (end !== undefined) output[id] = end as unknown as Json;
  }
  return { state: 'done', output };
}

function startOf<I extends Json, O extends Json>(
  memory: FlowMemory,
  { flow }: Family<I, O>,
  child: Child<I>,
): ChildStart {
  return {
    id: `${memory.id}/${child.id}`,
    flow: flow.name,
    version: flow.version,
    input: child.input,
    cluster: child.cluster ?? memory.cluster,
  };
}

function outcomeOf<O extends Json>(id: string, end: Ended): ChildOutcome<O> {
  return end.state === 'done'
    ? { id, state: 'done', output: end.output as O }
    : { id, state: 'failed', error: end.error };
}
