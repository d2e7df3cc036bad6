import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createMachineConfig,
  createPatch,
  diffMachineConfigs,
  formatMachineConfig,
  type MachineConfig,
  MachineConfigError,
  parseMachineConfig,
  patchMachineConfig,
} from '../../../src/machine-config/index.js';
import {
  type Field,
  kinds,
  type Structure,
} from '../../../src/machine-config/structure/structure.js';
import { isMap, setOwn } from '../../../src/machine-config/values.js';
import { configs, documentsOf } from '../../machine-config/support/arbitrary-configs.js';
import { someFields } from '../../machine-config/support/arbitrary-values.js';
import { ConfigOracle } from '../support/config-oracle.js';

const oracle = ConfigOracle.start();
afterAll(() => oracle[Symbol.dispose]());

/**
 * What the module cannot judge: it does not know kinds and fields that came later, its YAML library
 * cannot read lists of flags, and it looks at the kind of what a JSON patch has left.
 */
const beyond = [
  /not registered/,
  /unknown keys found during decoding/,
  /unexpected type for yaml sequence: meta\.ArgValue/,
  /is not settable/,
  /missing kind$/,
  /^panic: /,
];

/** Formats of fields that Talos erases, or cannot merge; docs/machine-config-patches.md lists them. */
const deviating = [
  'addr',
  'addrPort',
  'base64',
  'byteSize',
  'cel',
  'prefix',
  'size',
  'sizeMatcher',
];

function isJudged({ type, since }: Field): boolean {
  if (since === '1.14') return false;
  return type.kind !== 'string' || !deviating.includes(type.format ?? '');
}

function fieldsOf(seed: number) {
  const some = someFields(seed);
  return (field: Field, structure: Structure) =>
    // Talos writes an encryption without a provider and keys as none.
    structure.name !== 'EncryptionSpec' && isJudged(field) && (some?.(field, structure) ?? true);
}

/** A number that is random, and the same for the same place. */
function chance(seed: number, path: string): number {
  let hash = seed;
  for (const letter of path) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return (hash >>> 6) % 9;
}

/** Puts deletions into a patch, here and there. */
function withDeletions(value: unknown, seed: number, path: string): unknown {
  const isIdentity = /^\.(?:apiVersion|kind|name|version)$/.test(path);
  if (path !== '' && !isIdentity && chance(seed, path) === 0) return { $patch: 'delete' };
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      isMap(item) && chance(seed, `${path}[${index}]`) === 1
        ? { ...item, $patch: 'delete' }
        : isMap(item)
          ? withDeletions(item, seed, `${path}[${index}].`)
          : item,
    );
  }
  if (!isMap(value)) return value;
  const map = {};
  for (const key of Object.keys(value)) {
    setOwn(map, key, withDeletions(value[key], seed, `${path}.${key}`));
  }
  return map;
}

/** Values of free mappings; the module does not survive null over a value. */
const free = fc.oneof(
  fc.constantFrom<unknown>(true, false, 0, 1, 2.5, '', 'text', 'yes'),
  fc.array(fc.constantFrom<unknown>('a', 1), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('k1', 'k2'), fc.constantFrom<unknown>('', 'x', 0, 3), {
    maxKeys: 2,
  }),
);

interface Case {
  readonly base: MachineConfig;
  readonly patches: readonly string[];
}

/** A configuration and patches of the same kinds, with the same fields often. */
const strategic: fc.Arbitrary<Case> = fc
  .tuple(fc.nat(), fc.subarray([...kinds()], { minLength: 1, maxLength: 3 }), fc.boolean())
  .chain(([seed, some, withOld]) => {
    const old = kinds().filter(({ kind }) => kind === 'v1alpha1');
    const known = withOld ? [...old, ...some] : some;
    const ingredients = { allows: fieldsOf(seed), free };
    const document = fc
      .tuple(fc.constantFrom(...known), fc.nat())
      .chain(([info, at]) =>
        documentsOf(info, ingredients).map((value) => JSON.stringify(withDeletions(value, at, ''))),
      );
    return fc.record({
      base: configs(ingredients, known),
      patches: fc.array(
        document.map((text) => `${text}\n`),
        { minLength: 1, maxLength: 2 },
      ),
    });
  });

/** What the library makes of a case: the result, or why it refuses. */
function ours({ base, patches }: Case): MachineConfig | string {
  try {
    return patchMachineConfig(base, patches);
  } catch (error) {
    if (error instanceof MachineConfigError) return error.problems[0]?.message ?? '';
    throw error;
  }
}

/** Errors that the library has in the same words; others hold Go types, or values. */
const sameWords = /^(?:(?:named )?patch delete|error processing patch delete|failure applying)/;

/** Whether a text is no configuration, such as what a JSON patch may leave: then both refuse it. */
function isRefused(text: string): boolean {
  try {
    parseMachineConfig(text);
    return false;
  } catch (error) {
    return error instanceof MachineConfigError;
  }
}

/** The module writes an absent protocol as what no schema has a word for. */
function isUnreadable(text: string): boolean {
  return /^ +protocol: (?:""$|.*\()/m.test(text);
}

/** Asks both; `undefined` when the module cannot judge, else whether they agree, and on what. */
async function compare(given: Case): Promise<{ agree: boolean; told: unknown } | undefined> {
  const text = formatMachineConfig(given.base);
  const { error, text: due } = await oracle.ask({ text, patches: given.patches });
  if (error !== undefined && beyond.some((pattern) => pattern.test(error))) return undefined;
  if (isUnreadable(text) || isUnreadable(due)) return undefined;
  const result = ours({ ...given, base: parseMachineConfig(text) });
  const told = { text, patches: given.patches, error, due, result: String(result) };
  if (error !== undefined) {
    if (typeof result !== 'string') return { agree: isRefused(formatMachineConfig(result)), told };
    const words = result.replace(/^patch \d: /, '');
    // Go's own words about what is no number, and about no error, are left out.
    return {
      agree: !sameWords.test(error) || words.startsWith(error.replace(/:? (?:strconv|%!w).*/, '')),
      told,
    };
  }
  if (typeof result === 'string') return { agree: false, told };
  // By value: the module writes some absent fields that Talos 1.14 leaves out.
  const { changes } = diffMachineConfigs(parseMachineConfig(due), result);
  return { agree: changes.length === 0, told: { ...told, changes } };
}

/** Compares many cases and returns how many were judged. */
async function compareAll(cases: readonly Case[]): Promise<number> {
  let judged = 0;
  const disagreements: unknown[] = [];
  for (const given of cases) {
    const result = await compare(given);
    if (result === undefined) continue;
    judged += 1;
    if (!result.agree) disagreements.push(result.told);
  }
  expect(disagreements.slice(0, 3)).toEqual([]);
  return judged;
}

const oldKind = kinds().filter(({ kind }) => kind === 'v1alpha1');

/** A v1alpha1 document that changes from one to the next, with the same fields often. */
const old: fc.Arbitrary<Case> = fc.nat().chain((seed) => {
  const ingredients = { allows: fieldsOf(seed), free };
  const document = fc
    .tuple(configs(ingredients, oldKind), fc.nat())
    .map(([{ v1alpha1 }, at]) => `${JSON.stringify(withDeletions(v1alpha1, at, ''))}\n`);
  return fc.record({
    base: configs(ingredients, oldKind),
    patches: fc.array(document, { minLength: 1, maxLength: 3 }),
  });
});

const pointer = fc
  .array(
    fc.constantFrom(
      'machine',
      'cluster',
      'certSANs',
      'sysctls',
      'k1',
      'x~1y',
      '0',
      '-1',
      '01',
      '-',
      '7',
      '',
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.map((part) => `/${part}`).join(''));
const operation = fc.record(
  {
    op: fc.constantFrom('add', 'add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: fc.oneof(
      pointer,
      fc.constantFrom('/machine/certSANs/-', '/machine/sysctls/k1', '/machine/certSANs/0'),
    ),
    from: fc.oneof(pointer, fc.constantFrom('/machine/certSANs/0', '/machine/sysctls')),
    value: fc.constantFrom<unknown>('a', '', {}, [], ['x'], { k1: 'v' }),
  },
  { requiredKeys: ['op', 'path', 'from', 'value'] },
);

/** Operations, as JSON and as YAML, on a document of few fields. */
const json: fc.Arbitrary<Case> = fc.record({
  base: fc
    .tuple(
      fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('k1', 'x/y', '0'), fc.constantFrom('1', '2')),
    )
    .map(([certSANs, sysctls]) => createMachineConfig([{ machine: { certSANs, sysctls } }])),
  patches: fc.array(
    fc
      .tuple(fc.array(operation, { maxLength: 3 }), fc.boolean())
      .map(([operations, inYaml]) =>
        inYaml
          ? operations.map((each) => `- ${JSON.stringify(each)}\n`).join('') || '[]\n'
          : `${JSON.stringify(operations)}\n`,
      ),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('the official module and the library patch alike', () => {
  it('with documents and deletions', async () => {
    expect(await compareAll(fc.sample(strategic, 3000))).toBeGreaterThan(1000);
  });

  it('with the v1alpha1 document', async () => {
    expect(await compareAll(fc.sample(old, 2000))).toBeGreaterThan(1000);
  });

  it('with operations', async () => {
    expect(await compareAll(fc.sample(json, 2000))).toBeGreaterThan(1000);
  });
});

it('patches that the library makes lead the official module to the goal', async () => {
  const pairs = fc
    .tuple(fc.nat(), fc.subarray([...kinds()], { minLength: 1, maxLength: 2 }))
    .chain(([seed, some]) => {
      const any = configs({ allows: fieldsOf(seed), free }, [...oldKind, ...some]);
      return fc.tuple(any, any);
    });
  let judged = 0;
  for (const [original, modified] of fc.sample(pairs, 2000)) {
    if (original.v1alpha1 !== undefined && modified.v1alpha1 === undefined) continue;
    const text = formatMachineConfig(original);
    const patches = createPatch(original, modified);
    const { error, text: due } = await oracle.ask({ text, patches });
    if (error !== undefined && beyond.some((pattern) => pattern.test(error))) continue;
    const told = { text, patches, error };
    expect(told).toEqual({ ...told, error: undefined });
    if (isUnreadable(due)) continue;
    judged += 1;
    const { changes } = diffMachineConfigs(parseMachineConfig(due), modified);
    expect({ ...told, due, changes }).toEqual({ ...told, due, changes: [] });
  }
  expect(judged).toBeGreaterThan(500);
});
