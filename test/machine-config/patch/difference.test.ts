import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelete } from '../../../src/machine-config/patch/apply-delete.js';
import { deletion, structDifference } from '../../../src/machine-config/patch/difference.js';
import { mergeStruct } from '../../../src/machine-config/patch/merge-values.js';
import { withoutZeros } from '../../../src/machine-config/patch/without-zeros.js';
import { kinds, type Structure } from '../../../src/machine-config/structure/structure.js';
import { type DataMap, isMap } from '../../../src/machine-config/values.js';
import { someFields, structValues } from '../support/arbitrary-values.js';

/** Does what a difference says: first the deletions, then the merge. */
function apply(before: DataMap, after: DataMap, structure: Structure): DataMap | undefined {
  const difference = structDifference(before, after, structure);
  if (difference === undefined) return undefined;
  let value = before;
  for (const path of pathsOf(difference.remove)) {
    const selector = { apiVersion: '', kind: '', name: undefined, path, item: undefined };
    value = applyDelete(value, selector, structure);
  }
  return mergeStruct(value, (difference.set ?? {}) as DataMap, structure, []);
}

function pathsOf(tree: unknown): string[][] {
  if (tree === deletion) return [[]];
  if (!isMap(tree)) return [];
  return Object.entries(tree).flatMap(([key, inner]) =>
    pathsOf(inner).map((path) => [key, ...path]),
  );
}

describe.each(kinds().map(({ kind, structure }) => [kind, structure] as const))(
  '%s',
  (kind, structure) => {
    it('leads from any value to any other, where it does not give up', () => {
      const pairs = fc.nat().chain((seed) => {
        const values = structValues(structure, { allows: someFields(seed) });
        return fc.tuple(values, values);
      });
      let given = 0;
      fc.assert(
        fc.property(pairs, ([left, right]) => {
          const [before, after] = [withoutZeros(left, structure), withoutZeros(right, structure)];
          const result = apply(before, after, structure);
          if (result === undefined) return;
          given += 1;
          expect(withoutZeros(result, structure)).toEqual(after);
        }),
        { numRuns: kind === 'v1alpha1' ? 4000 : 150 },
      );
      expect(given).toBeGreaterThan(75);
    });
  },
);
