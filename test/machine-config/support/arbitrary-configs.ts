import fc from 'fast-check';
import { identityOf, type MachineConfig } from '../../../src/machine-config/document.js';
import { findConflicts } from '../../../src/machine-config/parse/conflicts.js';
import { createMachineConfig } from '../../../src/machine-config/parse/parse.js';
import { type KindInfo, kinds } from '../../../src/machine-config/structure/structure.js';
import type { DataMap } from '../../../src/machine-config/values.js';
import { type Ingredients, structValues } from './arbitrary-values.js';

/** Documents of a kind, with a name out of a few where the kind has names. */
export function documentsOf({ kind, named, structure }: KindInfo, ingredients: Ingredients) {
  const value = structValues(structure, {
    ...ingredients,
    allows: (field, owner) =>
      !(owner === structure && ['apiVersion', 'kind', 'name', 'version'].includes(field.key)) &&
      (ingredients.allows?.(field, owner) ?? true),
  });
  if (kind === 'v1alpha1') {
    return value.map((rest): DataMap => ({ version: 'v1alpha1', machine: {}, ...rest }));
  }
  return fc.tuple(fc.constantFrom('n1', 'n2'), value).map(
    ([name, rest]): DataMap => ({
      apiVersion: 'v1alpha1',
      kind,
      ...(named ? { name } : {}),
      ...rest,
    }),
  );
}

/** Configurations of up to six documents out of the given kinds. */
export function configs(
  ingredients: Ingredients = {},
  known: readonly KindInfo[] = kinds(),
): fc.Arbitrary<MachineConfig> {
  return fc
    .array(
      fc.constantFrom(...known).chain((info) => documentsOf(info, ingredients)),
      { minLength: 1, maxLength: 6 },
    )
    .map((documents) => createMachineConfig(withoutConflicts(documents) as never));
}

function withoutConflicts(documents: readonly DataMap[]): DataMap[] {
  const kept: DataMap[] = [];
  for (const document of documents) {
    const identities = [...kept, document].map((value) => ({
      identity: identityOf(value as never),
      line: undefined,
    }));
    if (findConflicts(identities).length === 0) kept.push(document);
  }
  return kept;
}
