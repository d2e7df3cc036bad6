import { describe, expect, it } from 'vitest';
import type { LabelTerm } from '../../../testkit/src/topics/cosi/query/label-term.js';
import { labelTest } from '../../../testkit/src/topics/cosi/query/label-term.js';
import { matcherOf } from '../../../testkit/src/topics/cosi/query/matcher.js';
import { parseQuantity } from '../../../testkit/src/topics/cosi/query/quantity.js';
import { tombstone } from '../../../testkit/src/topics/cosi/resource.js';

function term(op: LabelTerm['op'], key: string, ...value: string[]): LabelTerm {
  return { op, key, value, invert: false };
}

function inverted(of: LabelTerm): LabelTerm {
  return { ...of, invert: true };
}

const labels = { role: 'web', size: '10 GiB', empty: '', name: 'node-5' };

function holds(of: LabelTerm): boolean {
  return labelTest(of)(labels);
}

// COSI: label queries of List and Watch, and the units that numbers in them may have.
describe('a label term', () => {
  it.each([
    [term('EXISTS', 'role'), true],
    [term('EXISTS', 'empty'), true],
    [term('EXISTS', 'other'), false],
    [term('NOT_EXISTS', 'other'), true],
    [term('NOT_EXISTS', 'role'), false],
    [term('EQUAL', 'role', 'web'), true],
    [term('EQUAL', 'role', 'db'), false],
    [term('EQUAL', 'empty', ''), true],
    [term('IN', 'role', 'db', 'web'), true],
    [term('IN', 'role', 'db'), false],
    [term('IN', 'role'), false],
    [term('LT', 'name', 'node-6'), true],
    [term('LT', 'name', 'node-5'), false],
    [term('LT', 'name', 'node-10'), false],
    [term('LTE', 'name', 'node-5'), true],
    [term('LT_NUMERIC', 'size', '11GiB'), true],
    [term('LT_NUMERIC', 'size', '10Gi'), false],
    [term('LTE_NUMERIC', 'size', '10Gi'), true],
    [term('LTE_NUMERIC', 'size', '9 GB'), false],
  ])('%j is %s', (of, expected) => {
    expect(holds(of)).toBe(expected);
    expect(holds(inverted(of))).toBe(of.op === 'NOT_EXISTS' ? expected : !expected);
  });

  it('that is inverted matches a missing label, unless it compares', () => {
    expect(holds(inverted(term('EXISTS', 'other')))).toBe(true);
    expect(holds(inverted(term('EQUAL', 'other', 'x')))).toBe(true);
    expect(holds(inverted(term('IN', 'other', 'x')))).toBe(true);
    for (const op of ['LT', 'LTE', 'LT_NUMERIC', 'LTE_NUMERIC'] as const) {
      expect(holds(term(op, 'other', '1'))).toBe(false);
      expect(holds(inverted(term(op, 'other', '1')))).toBe(false);
    }
  });

  it('that compares numbers matches no label that is none, inverted or not', () => {
    expect(holds(term('LT_NUMERIC', 'role', '5'))).toBe(false);
    expect(holds(inverted(term('LT_NUMERIC', 'role', '5')))).toBe(false);
  });

  it.each(['EQUAL', 'LT', 'LTE', 'LT_NUMERIC', 'LTE_NUMERIC'] as const)(
    '%s without a value panics on the node',
    (op) => {
      expect(() => labelTest(term(op, 'role'))).toThrow(
        expect.objectContaining({
          status: 'internal',
          message: 'runtime error: index out of range [0] with length 0',
        }),
      );
    },
  );

  it('with an operation that nobody knows is not implemented', () => {
    expect(() => labelTest(term(9, 'role', 'x'))).toThrow(
      expect.objectContaining({
        status: 'unimplemented',
        message: 'unsupported label query operator: 9',
      }),
    );
  });

  it('does not take what objects inherit for labels', () => {
    expect(holds(term('EXISTS', 'constructor'))).toBe(false);
  });
});

describe('a quantity', () => {
  it.each([
    ['42', 42n],
    [' -3 ', -3n],
    ['1k', 1000n],
    ['1 KiB', 1024n],
    ['2Mi', 2n << 20n],
    ['3 gigabytes', 3n << 30n],
    ['3 GB', 3n * 10n ** 9n],
    ['1T', 10n ** 12n],
    ['1p', 10n ** 15n],
    ['1PiB', 1n << 50n],
  ])('of %j is %s', (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  it.each(['', 'GiB', '1.5Gi', '1-2', '5 bytes', '9223372036854775808'])(
    'of %j is none',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  it('wraps around like the 64 bits it is kept in', () => {
    expect(parseQuantity('9223372036854775807k')).toBe(-1000n);
  });
});

describe('a query', () => {
  const resource = tombstone('ns', 'Type', 'node-5', 0);
  const labelled = { ...resource, metadata: { ...resource.metadata, labels } };
  const yes = term('EXISTS', 'role');
  const no = term('EXISTS', 'other');

  it('needs all terms of one of the alternatives', () => {
    const matches = (...queries: LabelTerm[][]) =>
      matcherOf({ labelQuery: queries.map((terms) => ({ terms })) })(labelled);
    expect(matches()).toBe(true);
    expect(matches([])).toBe(true);
    expect(matches([yes, yes])).toBe(true);
    expect(matches([yes, no])).toBe(false);
    expect(matches([no], [yes])).toBe(true);
    expect(matches([no], [no])).toBe(false);
  });

  it('needs the id besides', () => {
    const matches = (regexp: string, ...terms: LabelTerm[]) =>
      matcherOf({ labelQuery: [{ terms }], idQuery: { regexp } })(labelled);
    expect(matches('-5$')).toBe(true);
    expect(matches('-5$', no)).toBe(false);
    expect(matches('-6$', yes)).toBe(false);
    expect(matches('')).toBe(true);
  });

  it('with a bad expression is an invalid argument', () => {
    expect(() => matcherOf({ labelQuery: [], idQuery: { regexp: '(' } })).toThrow(
      expect.objectContaining({
        status: 'invalid-argument',
        message: 'failed to compile regexp: error parsing regexp: missing closing ): `(`',
      }),
    );
  });
});
