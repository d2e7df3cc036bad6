import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ended, FlowMemory } from '../../src/fleet/engine/memory.js';
import { machineFlowParts } from '../../src/fleet/engine/parts.js';
import { runFlow } from '../../src/fleet/engine/run-flow.js';
import type { Flow } from '../../src/fleet/flow.js';
import { backUpEtcd, rollOutConfiguration, upgradeFleet } from '../../src/fleet/index.js';
import { readLines } from '../../src/fleet/journal/lines.js';
import type { FlowStart, JournalRecord } from '../../src/fleet/journal/records.js';
import type { Json } from '../../src/fleet/json.js';
import { Nodes } from './support/nodes.js';

// Journals that releases have written, one file of a whole run each, are in test/fleet/journals. The flows
// of today have to do the same steps with them, as programs take up runs that an older release began. A
// flow whose steps change needs another version; the journals of its older versions are removed then.

const folder = 'test/fleet/journals';
const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

/** Nothing runs in a replay: everything is remembered. */
const never = (): never => {
  throw new Error('a step ran that is not remembered');
};
const options = { connect: never, kubernetes: never };
const known = [
  new Nodes().fleet,
  upgradeFleet(options),
  rollOutConfiguration({ ...options, configurationOf: never }),
  backUpEtcd(options),
] as readonly Flow<never, Json>[];

function withChildren(flows: readonly Flow<never, Json>[]): readonly Flow<never, Json>[] {
  return flows.flatMap((flow) => [flow, ...withChildren(flow.children ?? [])]);
}

/** A flow of a recorded run. */
interface Recorded {
  readonly start: FlowStart;
  readonly steps: { readonly name: string; readonly ended: Ended | undefined }[];
  ended?: Ended;
}

function recordedIn(records: readonly JournalRecord[]): readonly Recorded[] {
  const flows = new Map<string, Recorded>();
  const of = (id: string): Recorded => flows.get(id) as Recorded;
  for (const record of records) {
    if (record.kind === 'journal') flows.set(record.run.id, { start: record.run, steps: [] });
    if (record.kind === 'child') flows.set(record.id, { start: record, steps: [] });
    if (record.kind === 'over') of(record.id).ended = record.ended;
    if (record.kind === 'end') {
      const { id, at, name, ended } = record;
      of(id).steps[at] = { name, ended };
    }
  }
  return [...flows.values()];
}

/** A memory that has what was recorded, and takes nothing more. */
function memoryOf({ start, steps }: Recorded): FlowMemory & { readonly count: number } {
  let count = 0;
  return {
    id: start.id,
    cluster: start.cluster,
    signal: new AbortController().signal,
    get count() {
      return count;
    },
    remember: async (name) => {
      const step = steps[count];
      count += 1;
      if (step?.name === name && step.ended !== undefined) return step.ended;
      throw new Error(`${start.id}: ${name} comes where ${step?.name} was recorded`);
    },
    begin: never,
    failed: never,
    heartbeat: never,
    confirm: never,
    startChildren: never,
    untilEnded: never,
    untilMayGoOn: never,
    untilSent: never,
    tell: () => {},
  };
}

describe.each(files)('the journal %s', (file) => {
  const { records } = readLines(readFileSync(join(folder, file)), file);
  const recorded = recordedIn(records);

  it('is that of a run that ended', () => {
    expect(recorded.length).toBeGreaterThan(1);
    for (const { start, ended } of recorded) expect(ended, start.id).toBeDefined();
  });

  it('is replayed by the flows of today, step by step, to the same ends', async () => {
    for (const each of recorded) {
      const { flow: name, version, input } = each.start;
      const flow = withChildren(known).find((one) => one.name === name) as Flow;
      expect(flow?.version, `${name}: an older version: remove ${file}`).toBe(version);
      const memory = memoryOf(each);
      expect(await runFlow(flow, input, memory, machineFlowParts), each.start.id).toEqual(
        each.ended,
      );
      expect(memory.count, each.start.id).toBe(each.steps.length);
    }
  });
});

it('there are journals to replay, and a flow that does another step is found out', async () => {
  expect(files.length).toBeGreaterThan(0);
  const { records } = readLines(readFileSync(join(folder, 'fleet-1.jsonl')), 'fleet-1.jsonl');
  const [fleet] = recordedIn(records) as [Recorded];
  const other: Flow = {
    name: 'fleet',
    version: '1',
    run: (context) => context.step('new', async () => 1),
  };
  await expect(runFlow(other, null, memoryOf(fleet), machineFlowParts)).rejects.toThrow(
    'new comes where canary#1 begins was recorded',
  );
});
