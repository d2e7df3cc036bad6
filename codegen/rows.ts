import { isFeatureName, methodName } from './naming.js';
import type { RpcFacts, Schema } from './schema.js';
import { type FeatureRow, type FeatureTable, type MethodRow, TableError } from './table.js';

/** A feature of the table, with the RPCs that the tree has of it. */
export interface FeaturePlan {
  readonly name: string;
  readonly row: FeatureRow;
  readonly methods: readonly MethodPlan[];
  readonly extraRoots: readonly string[];
}

export interface MethodPlan {
  readonly name: string;
  readonly rpc: RpcFacts;
  readonly row: MethodRow;
}

/**
 * Matches the rows of the table with the RPCs of the tree.
 *
 * In a tree older than the table, rows of newer RPCs are left out. Throws `TableError` for an RPC
 * without a row, a row without its RPC and two methods of one name.
 */
export function matchRows(
  schema: Schema,
  table: FeatureTable,
  release: string | undefined,
): FeaturePlan[] {
  const homes = new Map<string, string>();
  const plans: FeaturePlan[] = [];
  for (const [feature, row] of Object.entries(table.features)) {
    if (!isFeatureName(feature)) {
      throw new TableError(`feature "${feature}": a feature's name is in kebab-case`);
    }
    const methods: MethodPlan[] = [];
    for (const [name, methodRow] of Object.entries(row.methods)) {
      const other = homes.get(name);
      if (other !== undefined) {
        throw new TableError(`${name} is in the features "${other}" and "${feature}": keep one`);
      }
      homes.set(name, feature);
      const rpc = schema.rpc(name);
      if (rpc !== undefined) methods.push(plan(feature, rpc, methodRow));
      else if (isDue(methodRow, table, release)) {
        throw new TableError(
          `features.${feature}.methods: the protos have no RPC '${name}': remove its row, or set ` +
            '`until` to the last release that has it',
        );
      }
    }
    refuseClashes(feature, methods);
    if (methods.length > 0) {
      plans.push({
        name: feature,
        row,
        methods,
        extraRoots: rootsOf(feature, row, schema, table, release),
      });
    }
  }
  checkCoverage(schema, table, homes);
  return plans;
}

function plan(feature: string, rpc: RpcFacts, row: MethodRow): MethodPlan {
  return { name: row.name ?? methodName(rpc.method.name, feature), rpc, row };
}

/** Whether a tree of `release` should have the RPC. */
function isDue(row: MethodRow, table: FeatureTable, release: string | undefined): boolean {
  const actual = release ?? table.release;
  if (actual === undefined) return row.until === undefined;
  if (row.until !== undefined && compareReleases(actual, row.until) > 0) return false;
  return compareReleases(actual, row.since) >= 0;
}

function rootsOf(
  feature: string,
  row: FeatureRow,
  schema: Schema,
  table: FeatureTable,
  release: string | undefined,
): string[] {
  return (row.extraRoots ?? []).filter((name) => {
    if (schema.hasType(name)) return true;
    if (isOlder(table, release)) return false;
    throw new TableError(`features.${feature}.extraRoots: the protos have no message '${name}'`);
  });
}

/** Whether the tree is of an older release than the table was written for. */
export function isOlder(table: FeatureTable, release: string | undefined): boolean {
  if (release === undefined || table.release === undefined) return false;
  return compareReleases(release, table.release) < 0;
}

function refuseClashes(feature: string, methods: readonly MethodPlan[]): void {
  const names = new Map<string, string>();
  for (const { name, rpc } of methods) {
    const other = names.get(name);
    if (other !== undefined) {
      throw new TableError(
        `features.${feature}: ${other} and ${rpc.name} are both called '${name}': add ` +
          `name: '…' to the row '${rpc.name}'`,
      );
    }
    names.set(name, rpc.name);
  }
}

function checkCoverage(
  schema: Schema,
  table: FeatureTable,
  homes: ReadonlyMap<string, string>,
): void {
  const skipped = table.skipped ?? {};
  for (const { name } of schema.rpcs()) {
    if (homes.has(name) || Object.hasOwn(skipped, name)) continue;
    throw new TableError(
      `${name} is in no feature: add to the methods of one in the table\n` +
        `  '${name}': { idempotency: 'read', roles: [], since: '…' },\n` +
        `or add to skipped\n  '${name}': 'the reason',`,
    );
  }
  for (const name of Object.keys(skipped)) {
    if (homes.has(name)) throw new TableError(`${name} is skipped and in a feature: keep one`);
    if (schema.rpc(name) === undefined) {
      throw new TableError(`skipped: the protos have no RPC '${name}': remove its row`);
    }
  }
}

/** Below 0 when `a` is older than `b`; both like `1.14`. */
export function compareReleases(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
