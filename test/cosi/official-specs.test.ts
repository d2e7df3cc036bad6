import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resourceDecoder } from '../../src/cosi/decode-resource.js';
import type { Shape } from '../../src/cosi/spec/shape.js';
import { kinds } from './kinds.js';
import { kindOf, type OfficialSpec, officialSpecs, wireOf } from './official-specs.js';

/** A value without what the YAML of Talos leaves out. */
function told(value: unknown, shape: Shape): unknown {
  if (typeof shape === 'string' || typeof value !== 'object' || value === null) return value;
  if ('fields' in shape) {
    return Object.fromEntries(
      shape.fields.map(([name, , , holds]) => {
        const inner = (value as Record<string, unknown>)[name];
        return [name, isUntold(holds, inner) ? undefined : told(inner, holds)];
      }),
    );
  }
  if ('list' in shape) return (value as unknown[]).map((item) => told(item, shape.list));
  if ('maybe' in shape) return told(value, shape.maybe);
  if ('unlessZero' in shape) return told(value, shape.unlessZero);
  return value;
}

/** Go leaves out a structure whose addresses alone are set. */
function isUntold(shape: Shape, value: unknown): boolean {
  if (typeof shape === 'string') return false;
  if ('untold' in shape) return true;
  if (!('unlessZero' in shape) || typeof value !== 'object' || value === null) return false;
  const { ip, ...rest } = value as Record<string, unknown>;
  return ip !== undefined && Object.values(rest).every((other) => !other);
}

describe('specs of the contract’s release, as official code writes them', () => {
  const specs = officialSpecs('v1.14');

  it('cover nearly all kinds', () => {
    expect(new Set(specs.map(({ type }) => type)).size).toBeGreaterThan(170);
    expect(kinds.size).toBe(197);
  });

  it('are the same from protobuf as from YAML', () => {
    const both = specs.filter((spec) => kindOf(spec).spec?.onlyYaml !== true);
    expect(both.length).toBeGreaterThan(450);
    for (const spec of both) {
      const kind = kindOf(spec);
      const fromProto = resourceDecoder(kind, '1.14')(wireOf(spec));
      const fromYaml = resourceDecoder(kind, '1.13')(wireOf(spec));
      const shape = kind.spec?.shape as Shape;
      expect(told(fromProto.spec, shape), spec.yaml).toStrictEqual(told(fromYaml.spec, shape));
    }
  });

  it('are frozen all through', () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    for (const spec of specs) {
      for (const release of ['1.14', '1.13']) {
        expect(isFrozen(resourceDecoder(kindOf(spec), release)(wireOf(spec)))).toBe(true);
      }
    }
  });
});

describe.each(['v1.9', 'v1.12', 'v1.14'])('specs of %s', (release) => {
  const specs = officialSpecs(release);

  it('hold what their YAML says, key by key', () => {
    expect(specs.length).toBeGreaterThan(250);
    const compared = { values: 0 };
    for (const spec of specs) compareSpec(spec, compared);
    expect(compared.values).toBeGreaterThan(1500);
  });
});

/** Compares a spec with its YAML, read by another parser with other rules. */
function compareSpec(spec: OfficialSpec, compared: { values: number }): void {
  const { shape } = kindOf(spec).spec ?? {};
  if (shape === undefined) throw new Error('a kind of the contract has a shape');
  const read = resourceDecoder(kindOf(spec), undefined)(wireOf(spec)).spec;
  const data = parse(spec.yaml, { schema: 'failsafe', intAsBigInt: false });
  compare(data, read, shape, `${spec.type}: ${spec.yaml}`, compared);
}

function compare(
  data: unknown,
  value: unknown,
  shape: Shape,
  place: string,
  compared: { values: number },
): void {
  const same = (actual: unknown, expected: unknown) => {
    expect(actual, place).toEqual(expected);
    compared.values += 1;
  };
  if (typeof shape === 'string') {
    if (typeof data !== 'string') return;
    if (['text', 'mac', 'prefix', 'endpoint', 'address', 'chars'].includes(shape))
      same(value, data);
    else if (['int32', 'uint32', 'integer', 'int64', 'uint64', 'bool'].includes(shape)) {
      same(String(value), data);
    } else if (shape === 'double') same(value, Number(data));
    else if (shape === 'pem') same(value, Buffer.from(data, 'base64').toString());
    else if (shape === 'time') same(value === '' ? '0001-01-01T00:00:00Z' : value, data);
    return;
  }
  if ('fields' in shape) {
    if (typeof data === 'string') return;
    const record = (data ?? {}) as Record<string, unknown>;
    for (const [name, , key, holds, olderKey = key] of shape.fields) {
      const inner = key === '' ? data : (record[key] ?? record[olderKey]);
      const own = (value as Record<string, unknown>)[name];
      if (inner !== undefined) compare(inner, own, holds, `${place} ${key}`, compared);
    }
  } else if ('words' in shape) same(value, data);
  else if ('flags' in shape) same((value as string[]).join(','), data);
  else if ('list' in shape && Array.isArray(data)) {
    same((value as unknown[]).length, data.length);
    for (const [index, item] of data.entries()) {
      compare(item, (value as unknown[])[index], shape.list, `${place} ${index}`, compared);
    }
  } else if ('map' in shape) {
    same(Object.keys(value as object).sort(), Object.keys(data as object).sort());
    for (const [key, item] of Object.entries(data as object)) {
      compare(item, Object.getOwnPropertyDescriptor(value, key)?.value, shape.map, place, compared);
    }
  } else if ('maybe' in shape && value !== undefined) {
    compare(data, value, shape.maybe, place, compared);
  } else if ('unlessZero' in shape && value !== undefined) {
    compare(data, value, shape.unlessZero, place, compared);
  }
}
