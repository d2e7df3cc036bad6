import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { lineOf, readLines } from '../../src/fleet/journal/lines.js';
import type { Json } from '../../src/fleet/json.js';
import { DIRECTORY, JournalWorld, segments } from './support/journal-world.js';
import { MemoryDisk } from './support/memory-disk.js';
import { Nodes } from './support/nodes.js';

const INPUT = { clusters: 2, nodes: 1 };
const FILE = `${DIRECTORY}/runs/roll/journal-1-1.jsonl`;

/** A run that came to its end, and its nodes. */
let whole: { readonly bytes: Buffer; readonly result: Json };

beforeAll(async () => {
  const world = new JournalWorld();
  const nodes = new Nodes();
  const runner = await world.open([nodes.fleet]);
  const run = await runner.start(nodes.fleet, INPUT, { id: 'roll' });
  const result = await world.parts.turnUntil(run.result());
  whole = { bytes: Buffer.from(world.disk.text(FILE)), result };
});

/** A world whose disk has these bytes as the journal of the run, and whose nodes are as it left them. */
function worldWith(bytes: Buffer): { world: JournalWorld; nodes: Nodes } {
  const disk = new MemoryDisk();
  disk.put(FILE, bytes);
  const nodes = new Nodes();
  // All that the whole run did has happened, whatever of it is remembered: the nodes know.
  for (const cluster of ['c1', 'c2']) nodes.reboots.set(`roll/${cluster} n1`, 1);
  return { world: new JournalWorld(disk), nodes };
}

async function goOn(bytes: Buffer): Promise<{ result: Json; nodes: Nodes }> {
  const { world, nodes } = worldWith(bytes);
  const runner = await world.open([nodes.fleet]);
  const run = await runner.start(nodes.fleet, INPUT, { id: 'roll' });
  const result = await world.parts.turnUntil(run.result());
  await runner.close();
  return { result, nodes };
}

/** What of the result does not depend on how often nodes were rebooted before. */
function shape(result: Json): Json {
  return JSON.parse(JSON.stringify(result).replaceAll(/n1",\d/g, 'n1","*"')) as Json;
}

describe('the journal of a run', () => {
  it('cut at any byte is read up to the last whole line', () => {
    const { bytes } = whole;
    const all = readLines(bytes, FILE).records;
    const wrong: number[] = [];
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { bytes: end, records } = readLines(bytes.subarray(0, cut), FILE);
      const start = cut === 0 ? 0 : bytes.lastIndexOf(0x0a, cut - 1) + 1;
      const isSame = isDeepStrictEqual(records, all.slice(0, records.length));
      if (end !== start || !isSame) wrong.push(cut);
    }
    expect(wrong).toEqual([]);
  });

  it('cut in any line leads to the same end, and what had begun is looked at', async () => {
    const { bytes, result } = whole;
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x0a);
    const cuts = [0, ...ends.flatMap((end) => [end - 20, end, end + 1])];
    for (const cut of cuts) {
      const { result: again, nodes } = await goOn(bytes.subarray(0, cut));
      expect(shape(again), `cut at ${cut}`).toEqual(shape(result));
      const kept = bytes.toString('utf8', 0, cut).split('\n').slice(0, -1).join('\n');
      for (const cluster of ['c1', 'c2']) {
        // The number of boots is remembered, and it is another one: the reboot has happened.
        const noted = new RegExp(`"end","id":"roll/${cluster}","at":2`).test(kept);
        const times = nodes.reboots.get(`roll/${cluster} n1`);
        expect(times, `${cluster} cut at ${cut}`).toBe(noted ? 1 : 2);
      }
    }
  });

  it('with any byte changed is refused by file and line, or goes on from the line before', async () => {
    const { bytes, result } = whole;
    const lines = bytes.toString('utf8').split('\n').length - 1;
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] as number) ^ change;
          const line = bytes.toString('utf8', 0, at).split('\n').length;
          const { world, nodes } = worldWith(changed);
          const runner = await world.open([nodes.fleet]);
          const started = await runner
            .start(nodes.fleet, INPUT, { id: 'roll' })
            .catch((error) => error);
          if (started instanceof Error) {
            refusals += 1;
            expect(started).toMatchObject({ code: 'flow', reason: 'journal' });
            // A newline that is gone, or came, shows in the line that has it.
            expect(started.message).toMatch(new RegExp(`^fleet: ${FILE}: line (${line}|1) `));
            const [status] = await runner.list();
            expect(status).toMatchObject({
              id: 'roll',
              state: 'left',
              error: { reason: 'journal' },
            });
            await expect((await runner.get('roll'))?.result()).rejects.toThrow('is damaged');
            await expect(runner.resume()).resolves.toEqual([]);
          } else {
            // The last one, or the newline before it.
            expect(line).toBeGreaterThanOrEqual(lines - 1);
            expect(shape(await world.parts.turnUntil(started.result()))).toEqual(shape(result));
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(refusals).toBeGreaterThan(200);
  });

  it('without one of its lines, or with one twice, is refused', async () => {
    const lines = whole.bytes.toString('utf8').split('\n').slice(0, -1);
    for (let at = 0; at < lines.length - 1; at += 1) {
      const line = lines[at] as string;
      for (const others of [[], [line, line]]) {
        const changed = [...lines];
        changed.splice(at, 1, ...others);
        const bytes = Buffer.from(`${changed.join('\n')}\n`);
        // Without the one before the last, the last one cannot be told from a torn one.
        if (others.length === 0 && at === lines.length - 2) continue;
        await expect(goOn(bytes), `line ${at + 1}`).rejects.toMatchObject({ reason: 'journal' });
      }
    }
  });

  it('that is damaged can be forgotten, and holds up no other run', async () => {
    const changed = Buffer.from(whole.bytes);
    changed[40] = 0;
    const { world, nodes } = worldWith(changed);
    const runner = await world.open([nodes.fleet]);
    const other = await runner.start(nodes.fleet, INPUT, { id: 'other' });
    await world.parts.turnUntil(other.result());
    await runner.forget('roll');
    expect((await runner.list()).map(({ id }) => id)).toEqual(['other']);
    const run = await runner.start(nodes.fleet, INPUT, { id: 'roll' });
    expect(shape(await world.parts.turnUntil(run.result()))).toEqual(shape(whole.result));
  });

  it('of another format, or of another run, is refused', async () => {
    const text = whole.bytes.toString('utf8');
    const [header, ...rest] = readLines(whole.bytes, FILE).records;
    const newer = lineOf([{ ...(header as object), format: 2 } as never, ...rest], 0).line;
    await expect(goOn(Buffer.from(newer))).rejects.toMatchObject({
      reason: 'journal',
      hint: 'go on with the release of talos-client that wrote it',
    });
    const unknown = lineOf([header as never, { kind: 'new' } as never], 0).line;
    await expect(goOn(Buffer.from(unknown))).rejects.toMatchObject({ reason: 'journal' });
    const disk = new MemoryDisk();
    disk.put(`${DIRECTORY}/runs/copy/journal-1-1.jsonl`, Buffer.from(text));
    const runner = await new JournalWorld(disk).open([new Nodes().fleet]);
    const copied = runner.start(new Nodes().fleet, INPUT, { id: 'copy' });
    await expect(copied).rejects.toThrow('is that of the run roll');
  });
});

describe('the files of a run', () => {
  it('go on from each other, and none may be missing or shorter', async () => {
    const world = new JournalWorld();
    const nodes = new Nodes();
    for (let process = 0; process < 3; process += 1) {
      const worker = world.worker();
      const runner = await worker.open([nodes.fleet]);
      await runner.start(nodes.fleet, INPUT, { id: 'roll' });
      await world.parts.turn(300);
      worker.kill();
    }
    const files = segments(world.disk, 'roll');
    expect(files).toHaveLength(3);
    for (const file of files.slice(0, -1)) {
      for (const damage of ['missing', 'shorter'] as const) {
        const disk = world.disk.copy();
        const bytes = Buffer.from(disk.text(file));
        disk.files.delete(file);
        if (damage === 'shorter') disk.put(file, bytes.subarray(0, bytes.length - 1));
        const runner = await new JournalWorld(disk).open([nodes.fleet]);
        const started = runner.start(nodes.fleet, INPUT, { id: 'roll' });
        await expect(started, `${file} ${damage}`).rejects.toMatchObject({
          reason: 'journal',
          message: expect.stringContaining(file),
        });
      }
    }
    const last = await world.open([nodes.fleet]);
    const run = await last.start(nodes.fleet, INPUT, { id: 'roll' });
    await world.parts.turnUntil(run.result());
    expect([...nodes.reboots.values()]).toEqual([1, 1]);
  });
});
