import { type FieldFacts, scalarTypes } from './contract.js';

/** Scalar types whose values have the same encoding, so that each side reads what the other wrote. */
const families: readonly (readonly string[])[] = [
  ['int32', 'int64', 'uint32', 'uint64', 'bool'],
  ['sint32', 'sint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
  ['string', 'bytes'],
];

/** What a field looks like in the .proto text, name and number aside. */
export function shape(field: FieldFacts): string {
  if (field.label === 'map') return `map<${field.keyType}, ${field.type}>`;
  return field.label === 'singular' ? field.type : `${field.label} ${field.type}`;
}

/**
 * What another type or label of a field means on the wire. `enums` are the full names of all enums,
 * which travel as numbers.
 */
export function effectOfShapes(
  old: FieldFacts,
  now: FieldFacts,
  enums: ReadonlySet<string>,
): 'changed' | 'compatible' | 'breaks' {
  // Gaining or losing explicit presence leaves the bytes as they are.
  const plain = (field: FieldFacts) => shape(field).replace(/^optional /, '');
  if (plain(old) === plain(now)) return 'changed';
  const family = (type: string) => familyOf(type, enums);
  if ((old.label === 'map') !== (now.label === 'map')) return 'breaks';
  if (family(old.type) !== family(now.type)) return 'breaks';
  if (old.label === 'map') {
    return family(old.keyType ?? '') === family(now.keyType ?? '') ? 'compatible' : 'breaks';
  }
  const wasList = old.label === 'repeated';
  const isList = now.label === 'repeated';
  // A list of these travels value by value, and who expects one value takes the last.
  const isDelimited = !scalarTypes.has(now.type) || family(now.type) === 'string';
  const isEnum = enums.has(now.type) || enums.has(old.type);
  return wasList === isList || (isDelimited && !isEnum) ? 'compatible' : 'breaks';
}

/** The first type of the family; a message is a family of its own. */
function familyOf(type: string, enums: ReadonlySet<string>): string {
  if (enums.has(type)) return 'int32';
  return families.find((family) => family.includes(type))?.[0] ?? type;
}
