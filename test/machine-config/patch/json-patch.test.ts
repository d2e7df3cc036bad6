import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyJsonPatch,
  type JsonOperation,
} from '../../../src/machine-config/patch/json-patch.js';
import { PatchFailure } from '../../../src/machine-config/patch/patch-failure.js';

const document = { list: ['a', 'b', 'c'], map: { x: 1, 'y/z': 2, 't~u': null }, deep: [[1]] };

function patched(...operations: JsonOperation[]): unknown {
  return applyJsonPatch(document, operations);
}

function failure(...operations: JsonOperation[]): string {
  try {
    applyJsonPatch(document, operations);
  } catch (error) {
    if (error instanceof PatchFailure) return error.message;
    throw error;
  }
  return 'applied';
}

describe('the dialect of JSON patches', () => {
  it.each<[string, JsonOperation, unknown]>([
    ['adds at the end', { op: 'add', path: '/list/-', value: 'd' }, ['a', 'b', 'c', 'd']],
    ['adds at the length', { op: 'add', path: '/list/3', value: 'd' }, ['a', 'b', 'c', 'd']],
    [
      'adds at -1 behind the last',
      { op: 'add', path: '/list/-1', value: 'd' },
      ['a', 'b', 'c', 'd'],
    ],
    [
      'adds at -2 before the last',
      { op: 'add', path: '/list/-2', value: 'd' },
      ['a', 'b', 'd', 'c'],
    ],
    ['removes at -1 the last', { op: 'remove', path: '/list/-1' }, ['a', 'b']],
    ['replaces at -1 the last', { op: 'replace', path: '/list/-1', value: 'Z' }, ['a', 'b', 'Z']],
    ['reads leading zeros', { op: 'remove', path: '/list/001' }, ['a', 'c']],
    ['moves inside a list', { op: 'move', from: '/list/0', path: '/list/-' }, ['b', 'c', 'a']],
    [
      'copies inside a list',
      { op: 'copy', from: '/list/-1', path: '/list/0' },
      ['c', 'a', 'b', 'c'],
    ],
  ])('%s', (_, operation, list) => {
    expect(patched(operation)).toEqual({ ...document, list });
  });

  it.each<[string, JsonOperation, unknown]>([
    ['replaces a missing key by adding it', { op: 'replace', path: '/map/n', value: 3 }, { n: 3 }],
    ['adds null', { op: 'add', path: '/map/n', value: null }, { n: null }],
    ['adds null for a missing value', { op: 'add', path: '/map/n' }, { n: null }],
    ['unescapes ~1 and ~0', { op: 'add', path: '/map/~01~1', value: 4 }, { '~1/': 4 }],
    ['takes empty keys', { op: 'add', path: '/map/', value: 5 }, { '': 5 }],
    ['copies a missing key as null', { op: 'copy', from: '/map/no', path: '/map/n' }, { n: null }],
    [
      'keeps integers beyond 2^53',
      { op: 'add', path: '/map/n', value: 2n ** 60n },
      { n: 2n ** 60n },
    ],
  ])('%s', (_, operation, added) => {
    expect(patched(operation)).toEqual({
      ...document,
      map: { ...document.map, ...(added as object) },
    });
  });

  it('replaces the whole document at the empty path', () => {
    expect(patched({ op: 'replace', path: '', value: { a: 1 } })).toEqual({ a: 1 });
    expect(failure({ op: 'replace', path: '', value: 'text' })).toBe(
      'replace operation value must be object or array',
    );
  });

  it.each<[JsonOperation]>([
    [{ op: 'test', path: '/list/0', value: 'a' }],
    [{ op: 'test', path: '/list/-1', value: 'c' }],
    [{ op: 'test', path: '/map/no', value: null }],
    [{ op: 'test', path: '/map/t~0u', value: null }],
    [{ op: 'test', path: '/map', value: { 't~u': null, 'y/z': 2, x: 1 } }],
    [{ op: 'test', path: '/deep', value: [[1]] }],
    [{ op: 'test', path: '', value: document }],
  ])('test passes: %j', (operation) => {
    expect(patched(operation)).toEqual(document);
  });

  it.each<[JsonOperation, string]>([
    [{ op: 'test', path: '/map/x', value: '1' }, 'testing value /map/x failed: test failed'],
    [{ op: 'test', path: '/map', value: { x: 1 } }, 'testing value /map failed: test failed'],
    [
      { op: 'test', path: '/list', value: ['a', 'b', null] },
      'testing value /list failed: test failed',
    ],
    [
      { op: 'test', path: '/list/9', value: null },
      "error in test for path: '/list/9': Unable to access invalid index: 9: invalid index referenced",
    ],
    [
      { op: 'test', path: '/no/x', value: null },
      'test operation does not apply: is missing path: /no/x: missing value',
    ],
    [
      { op: 'add', path: '/list/4', value: 1 },
      "error in add for path: '/list/4': Unable to access invalid index: 4: invalid index referenced",
    ],
    [
      { op: 'add', path: '/list/-5', value: 1 },
      "error in add for path: '/list/-5': Unable to access invalid index: -5: invalid index referenced",
    ],
    [
      { op: 'add', path: '/list/x', value: 1 },
      "error in add for path: '/list/x': value was not a proper array index: 'x'",
    ],
    [
      { op: 'add', path: '/list/1e0', value: 1 },
      "error in add for path: '/list/1e0': value was not a proper array index: '1e0'",
    ],
    [
      { op: 'add', path: '/no/x', value: 1 },
      'add operation does not apply: doc is missing path: "/no/x": missing value',
    ],
    [
      { op: 'add', path: '/map/x/y', value: 1 },
      'add operation does not apply: doc is missing path: "/map/x/y": missing value',
    ],
    [
      { op: 'add', path: '', value: 1 },
      'add operation does not apply: doc is missing path: "": missing value',
    ],
    [{ op: 'add', path: 'map/x', value: 1 }, 'add operation: a path starts with "/": "map/x"'],
    [{ op: 'add', value: 1 }, 'add operation failed to decode path: missing value'],
    [
      { op: 'remove', path: '/list/3' },
      "error in remove for path: '/list/3': Unable to access invalid index: 3: invalid index referenced",
    ],
    [
      { op: 'remove', path: '/map/no' },
      "error in remove for path: '/map/no': Unable to remove nonexistent key: no: missing value",
    ],
    [
      { op: 'remove', path: '/no/no' },
      'remove operation does not apply: doc is missing path: "/no/no": missing value',
    ],
    [
      { op: 'replace', path: '/list/3', value: 1 },
      'replace operation does not apply: doc is missing key: /list/3: missing value',
    ],
    [
      { op: 'replace', path: '/no/no', value: 1 },
      'replace operation does not apply: doc is missing path: /no/no: missing value',
    ],
    [
      { op: 'move', from: '/map', path: '/map/x' },
      'move operation does not apply: doc is missing destination path: /map/x: missing value',
    ],
    [
      { op: 'move', from: '/no', path: '/x' },
      "error in move for path: 'no': Unable to remove nonexistent key: no: missing value",
    ],
    [
      { op: 'move', from: '/no/no', path: '/x' },
      'move operation does not apply: doc is missing from path: /no/no: missing value',
    ],
    [{ op: 'move', path: '/x' }, 'move operation failed to decode from: missing value'],
    [
      { op: 'copy', from: '/list/7', path: '/x' },
      "error in copy for from: '/list/7': Unable to access invalid index: 7: invalid index referenced",
    ],
    [
      { op: 'copy', from: '/no/no', path: '/x' },
      'copy operation does not apply: doc is missing from path: /no/no: missing value',
    ],
    [
      { op: 'copy', from: '/list', path: '/no/no' },
      'copy operation does not apply: doc is missing destination path: /no/no: missing value',
    ],
    [{ op: 'jump', path: '/x' }, 'Unexpected kind: jump'],
    [{ path: '/x' }, 'Unexpected kind: unknown'],
    [{ op: 7, path: '/x' }, 'Unexpected kind: unknown'],
  ])('%j fails', (operation, message) => {
    expect(failure(operation)).toBe(message);
  });
});

it('a patch leaves the document and its own values as they are', () => {
  const value = { inner: ['v'] };
  const before = structuredClone(document);
  const result = applyJsonPatch(document, [
    { op: 'add', path: '/new', value },
    { op: 'add', path: '/new/inner/-', value: 'w' },
    { op: 'remove', path: '/list/0' },
  ]);
  expect(result).toEqual({
    list: ['b', 'c'],
    map: document.map,
    deep: [[1]],
    new: { inner: ['v', 'w'] },
  });
  expect(document).toEqual(before);
  expect(value).toEqual({ inner: ['v'] });
});

it('__proto__ is a key like any other', () => {
  const result = applyJsonPatch({}, [
    { op: 'add', path: '/__proto__', value: {} },
    { op: 'add', path: '/__proto__/polluted', value: true },
    { op: 'copy', from: '/constructor', path: '/c' },
  ]) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual(['__proto__', 'c']);
  expect(result.c).toBeNull();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

it('copies that double with every step end with an error', () => {
  const operations = Array.from({ length: 100 }, (_, step) => ({
    op: 'copy',
    from: '',
    path: '/a',
    ...(step === 0 ? {} : { from: '/a', path: `/a/${step}` }),
  }));
  expect(() =>
    applyJsonPatch({ a: { b: 1 } }, [
      { op: 'copy', from: '/a', path: '/a/0' },
      ...operations.slice(1),
    ]),
  ).toThrow(/the copies hold more than|nested more than/);
  const wide = Array.from({ length: 30 }, () => ({ op: 'copy', from: '/l', path: '/l/-' }));
  expect(() => applyJsonPatch({ l: Array(100).fill(0) }, wide)).toThrow(/nested more|copies hold/);
  const many = Array.from({ length: 30 }, (_, step) => ({
    op: 'copy',
    from: '/l',
    path: `/m/${step}`,
  }));
  expect(() => applyJsonPatch({ l: Array(90_000).fill(0), m: {} }, many)).toThrow(
    'the copies hold more than 1000000 values together',
  );
});

it('moves that nest deeper and deeper end with an error', () => {
  const path = '/b'.repeat(150);
  const start: Record<string, unknown> = {};
  let inner = start;
  for (let depth = 0; depth < 150; depth += 1) {
    const next = {};
    inner.b = next;
    inner = next;
  }
  const steps = Array.from({ length: 3000 }, () => [
    { op: 'add', path: '/a', value: structuredClone(start) },
    { op: 'move', from: '/x', path: `/a${path}/x` },
    { op: 'move', from: '/a', path: '/x' },
  ]).flat();
  expect(() => applyJsonPatch({ x: {} }, steps)).toThrow('nested more than 200 levels deep');
  // A copy goes down into what it copies, which is deeper than any stack by now.
  const copy = { op: 'copy', from: '/x', path: '/y' };
  expect(() => applyJsonPatch({ x: {} }, [...steps, copy])).toThrow('nested more than 200');
});

it('whatever the operations are, a patch applies or fails as a patch', () => {
  const pointer = fc
    .array(
      fc.constantFrom('list', 'map', 'deep', '0', '-1', '-', '01', 'x', '', '~0', '__proto__'),
      {
        maxLength: 4,
      },
    )
    .map((parts) => parts.map((part) => `/${part}`).join(''));
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer,
      from: pointer,
      value: fc.jsonValue({ maxDepth: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 8 }), (operations) => {
      const before = structuredClone(document);
      failure(...operations);
      expect(document).toEqual(before);
    }),
    { numRuns: 2000 },
  );
});
