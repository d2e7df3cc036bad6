import fc from 'fast-check';
import type {
  Field,
  FieldType,
  StringType,
  Structure,
} from '../../../src/machine-config/structure/structure.js';
import { type DataMap, setOwn } from '../../../src/machine-config/values.js';

/** What the values of a test are made of. */
export interface Ingredients {
  /** Which fields a value may have. Default: all. */
  readonly allows?: ((field: Field, structure: Structure) => boolean) | undefined;
  /** Keys of maps. */
  readonly keys?: readonly string[];
  /** Values of free mappings below their first level. */
  readonly free?: fc.Arbitrary<unknown>;
}

const defaultKeys = ['k1', 'k2', 'x/y', 'a.b', 'yes', '010', '[0]', '__proto__'];

/** Values of a structure as decoding gives them: absent fields are absent, nothing is null. */
export function structValues(
  structure: Structure,
  ingredients: Ingredients = {},
  depth = 0,
): fc.Arbitrary<DataMap> {
  const fields = structure.fields.filter(
    (field) => field.removed === undefined && (ingredients.allows?.(field, structure) ?? true),
  );
  // Deep structures get few fields, or a value would be as large as Talos allows.
  const most = depth === 0 ? 4 : depth < 4 ? 3 : 1;
  return fc
    .subarray(fields, { maxLength: Math.min(most, fields.length) })
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((field) =>
          typeValues(field.type, ingredients, depth + 1).map(
            (value) => [field.key, value] as const,
          ),
        ),
      ),
    )
    .map(fromPairs);
}

function typeValues(
  type: FieldType,
  ingredients: Ingredients,
  depth: number,
): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return textValues(type);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const { minimum = 0, maximum = minimum + 7 } = type;
      return fc.constantFrom(
        ...new Set([minimum, Math.min(Math.max(0, minimum), maximum), maximum]),
      );
    }
    case 'struct':
      return structValues(type.structure, ingredients, depth);
    case 'list':
      return fc.array(typeValues(type.item, ingredients, depth + 1), { maxLength: 3 });
    case 'map':
      return fc
        .array(fc.tuple(keysOfMaps(ingredients), typeValues(type.value, ingredients, depth + 1)), {
          maxLength: 3,
        })
        .map(fromPairs);
    case 'args':
      return fc
        .array(
          fc.tuple(
            keysOfMaps(ingredients),
            fc.oneof(
              fc.constantFrom('1', 'two', null),
              fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
            ),
          ),
          { maxLength: 3 },
        )
        .map(fromPairs);
    case 'free':
      return freeMaps(ingredients);
    case 'portRange':
      return fc.constantFrom(80, 443, '1000-2000');
    case 'fileMode':
      return fc.constantFrom(0o600, 0o644);
    case 'diskSize':
      return fc.constantFrom(10_000_000_000, 1024);
  }
}

const texts: Readonly<Record<string, readonly string[]>> = {
  addr: ['10.0.0.1', 'fd00::1'],
  addrPort: ['10.0.0.1:51820', '[fd00::1]:51820'],
  base64: ['QQ==', 'QUI='],
  byteSize: ['10GB', '1GiB'],
  cel: ['true', 'disk.size > 10u'],
  duration: ['0s', '1h0m0s', '30s'],
  hardwareAddr: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
  prefix: ['10.0.0.0/8', 'fd00::/64'],
  routingTable: ['main', 'local', 'unspec'],
  size: ['10GB', '50%'],
  sizeMatcher: ['> 10GB', '<= 1TB'],
  url: [
    'https://a.example/x',
    'https://b.example',
    'tcp://c.example:80/y?z=1',
    'https://a.example:6443',
  ],
};

function textValues({ format, enum: words, pattern }: StringType): fc.Arbitrary<string> {
  if (pattern?.includes('tcp')) return fc.constantFrom('tcp://a.example:1/x', 'udp://b.example:2');
  if (pattern?.includes('http')) return fc.constantFrom('https://a.example/x', 'https://b.example');
  const choice =
    words ??
    (format === undefined ? ['', 'a', 'b', 'yes', '010', 'x: y', 'l\nm\n'] : texts[format]);
  return fc.constantFrom(...(choice ?? ['a']));
}

function keysOfMaps({ keys = defaultKeys }: Ingredients): fc.Arbitrary<string> {
  return fc.constantFrom(...keys);
}

function freeMaps(ingredients: Ingredients): fc.Arbitrary<DataMap> {
  const value =
    ingredients.free ??
    fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom(null, true, false, 0, 1, 2.5, '', 'text', 'yes', 2n ** 60n),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.array(fc.tuple(keysOfMaps(ingredients), tie('value')), { maxLength: 2 }).map(fromPairs),
      ),
    })).value;
  return fc.array(fc.tuple(keysOfMaps(ingredients), value), { maxLength: 3 }).map(fromPairs);
}

function fromPairs(pairs: readonly (readonly [string, unknown])[]): DataMap {
  const map = {};
  for (const [key, value] of pairs) setOwn(map, key, value);
  return map;
}

/** Which fields of a structure values may have, so that two values have the same ones often. */
export function someFields(seed: number): Ingredients['allows'] {
  return ({ key }, { name }) => {
    let hash = seed;
    for (const letter of name + key) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
    return (hash >>> 8) % 3 === 0;
  };
}
