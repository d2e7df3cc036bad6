import { once } from 'node:events';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { fromBytes, toBytes } from '../../../src/runtime/codec.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { type Codec, loadCodecs } from '../support/codecs.js';
import { outputOf, startProgram } from '../support/lines.js';
import { difference, type Plain } from '../support/plain.js';
import { protoFolder } from '../support/toolchain.js';
import { explained, explainedForOlder } from './explained.js';

const perType = 100;
const seed = process.env.TALOS_CLIENT_SEED ?? '1';

interface Vector {
  readonly type: string;
  readonly index: number;
  readonly bytes: string;
  readonly value: Plain;
}

interface Verdict {
  readonly type?: string;
  readonly index?: number;
  readonly reason?: string;
  readonly checked?: number;
  readonly failed?: number;
}

interface TypeReport {
  readonly type?: string;
  readonly origin?: 'official' | 'differing' | 'described';
  /** Go writes an empty list as `null`. */
  readonly differences?: readonly string[] | null;
  readonly enums?: readonly string[] | null;
}

const proto = ['--proto', protoFolder];
let codecs: ReadonlyMap<string, Codec>;
let reports: readonly TypeReport[];

beforeAll(async () => {
  codecs = await loadCodecs();
  reports = await collect(
    outputOf<TypeReport>(startProgram(inject('interopProgram'), ['types', ...proto])),
  );
});

describe('the contract beside the published Go code', () => {
  test('has the same fields and enum values, but for what other releases brought or removed', () => {
    const lines = reports.flatMap(({ differences, enums }) => [
      ...(differences ?? []),
      ...(enums ?? []),
    ]);
    const known = new Set([...explained.keys(), ...explainedForOlder.keys()]);
    const unexplained = lines.filter((line) => !line.startsWith('+ ') && !known.has(line));
    expect(unexplained).toEqual([]);
    expect([...explained.keys()].filter((line) => !lines.includes(line))).toEqual([]);
  });

  test('has a codec for every message type', () => {
    const types = reports.flatMap(({ type }) => type ?? []);
    expect(types).toHaveLength(574);
    expect(types.filter((type) => !codecs.has(type))).toEqual([]);
    const count = (wanted: string) => reports.filter(({ origin }) => origin === wanted).length;
    console.log(
      `values by published types: ${count('official')}, by published types of another release ` +
        `and by description: ${count('differing')}, by description only: ${count('described')}`,
    );
  });
});

describe(`${perType} values of each type, from seed ${seed}`, () => {
  test('are read as the official code reads them, and written so that it reads the same', async () => {
    const program = inject('interopProgram');
    const maker = startProgram(program, ['vectors', ...proto, '--count', `${perType}`, '--seed', seed]);
    const checker = startProgram(program, ['check', ...proto]);
    const verdicts = collect(outputOf<Verdict>(checker));
    const wrong: string[] = [];
    let made = 0;
    for await (const { type, index, bytes, value } of outputOf<Vector>(maker)) {
      made++;
      const { encode, decode } = codecs.get(type) as Codec;
      try {
        const message = fromBytes(decode, Buffer.from(bytes, 'base64'));
        const found = difference(value, message);
        if (found !== undefined) wrong.push(`${type} ${index}: reading: ${found}`);
        const ours = Buffer.from(toBytes(encode, message)).toString('base64');
        const answer = `${JSON.stringify({ type, index, bytes, ours })}\n`;
        if (!checker.stdin.write(answer)) await once(checker.stdin, 'drain');
      } catch (error) {
        wrong.push(`${type} ${index}: ${error}`);
      }
    }
    checker.stdin.end();
    const answers = await verdicts;
    for (const { type, index, reason } of answers.slice(0, -1)) {
      wrong.push(`${type} ${index}: writing: ${reason}`);
    }
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(answers.at(-1)).toEqual({ checked: made, failed: 0 });
    expect(made).toBe(574 * perType);
    console.log(`${made} values, both directions`);
  });
});
