import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../../../testkit/src/kubernetes-api/problem.js';
import { ageOf } from '../../../testkit/src/kubernetes-api/read/age.js';
import { labelSelector } from '../../../testkit/src/kubernetes-api/read/selectors.js';
import {
  type Draft,
  jsonPatch,
  mergePatch,
} from '../../../testkit/src/kubernetes-api/write/json-patch.js';

const json = fc.jsonValue().map((value) => value as Draft);

describe('merge patches', () => {
  // The table of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as [Draft, Draft, Draft][])('of %j by %j give %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('change nothing when they are empty, and the same when they come twice', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), json, (target, patch) => {
        expect(mergePatch(target, {})).toEqual(target);
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('JSON patches', () => {
  // Cases of RFC 6902, appendix A.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [{ foo: ['a', 'c'] }, [{ op: 'add', path: '/foo/1', value: 'b' }], { foo: ['a', 'b', 'c'] }],
    [{ foo: ['a'] }, [{ op: 'add', path: '/foo/-', value: ['b'] }], { foo: ['a', ['b']] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [{ a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    [{ a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    [{ a: { b: [1] } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: [1] }, c: { b: [1] } }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [{ foo: null }, [{ op: 'test', path: '/foo', value: null }], { foo: null }],
    [{ a: 1 }, [{ op: 'replace', path: '', value: 2 }], 2],
  ] as [Draft, Draft[], Draft][])('of %j by %j give %j', (target, patch, result) => {
    expect(jsonPatch(target, patch)).toEqual(result);
  });

  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 1 }]],
    [{ foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 1 }]],
    [{ foo: 'bar' }, [{ op: 'remove', path: '/baz' }]],
    [{ foo: ['a'] }, [{ op: 'add', path: '/foo/3', value: 'x' }]],
    [{ foo: 1 }, [{ op: 'test', path: '/foo', value: '1' }]],
    [{ foo: 1 }, [{ op: 'add', path: '/bar' }]],
    [{ foo: 1 }, [{ op: 'nothing', path: '/foo' }]],
    [{ foo: 1 }, [{ op: 'remove', path: 'foo' }]],
    [{ foo: 1 }, [7]],
    [{}, [{ op: 'add', path: '/constructor/prototype/polluted', value: 1 }]],
  ] as [Draft, Draft[]][])('of %j by %j are refused', (target, patch) => {
    expect(() => jsonPatch(target, patch)).toThrow(ApiProblem);
  });

  it('end in a value or in a problem, whatever they hold, and leave their target alone', () => {
    const path = fc.string({ unit: fc.constantFrom('/', 'a', '0', '~0', '~', '-', '__proto__') });
    const op = fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x');
    const operation = fc.record({ op, path, from: path, value: json }, { requiredKeys: ['op'] });
    fc.assert(
      fc.property(json, fc.array(fc.oneof(operation, json)), (target, patch) => {
        const before = structuredClone(target);
        try {
          JSON.stringify(jsonPatch(target, patch as Draft[]));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiProblem);
        }
        expect(target).toEqual(before);
        expect({}).not.toHaveProperty('a');
      }),
    );
  });
});

describe('label selectors', () => {
  const object = (labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', uid: '1', creationTimestamp: '', labels },
  });

  it.each([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['a in (b,c)', { a: 'c' }, true],
    ['a in (b,c),d', { a: 'c' }, false],
    ['a notin (b)', {}, true],
    ['a notin (b)', { a: 'b' }, false],
    ['a.b/c-d=e_f,x', { 'a.b/c-d': 'e_f', x: '' }, true],
    ['a=', { a: '' }, true],
  ])('%j of %j: %s', (selector, labels, matches) => {
    expect(labelSelector(selector)(object(labels))).toBe(matches);
  });

  it('are read or refused, whatever they are', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '=', '!', ',', '(', ')', ' ', 'in', 'notin'),
    });
    fc.assert(
      fc.property(text, (selector) => {
        try {
          expect(typeof labelSelector(selector)(object({ a: 'a' }))).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(ApiProblem);
        }
      }),
    );
  });
});

describe('ages', () => {
  it.each([
    [-5, '0s'],
    [41_000, '41s'],
    [119_999, '119s'],
    [303_000, '5m3s'],
    [3_600_000, '60m'],
    [4 * 3_600_000, '4h'],
    [4 * 3_600_000 + 60_000, '4h1m'],
    [47 * 3_600_000, '47h'],
    [52 * 3_600_000, '2d4h'],
    [84 * 86_400_000, '84d'],
    [3 * 365 * 86_400_000, '3y'],
    [9 * 365 * 86_400_000, '9y'],
  ])('of %i ms are %s', (ms, text) => {
    expect(ageOf(ms)).toBe(text);
  });
});
