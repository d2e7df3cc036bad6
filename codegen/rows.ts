import { isSoundRow } from './check-table.js';
import { isFeatureName, methodName } from './naming.js';
import { fillIn, type Problems } from './problems.js';
import { compareReleases, isOlder, unreleased } from './releases.js';
import type { RpcFacts, Schema } from './schema.js';
import type { FeatureRow, FeatureTable, MethodRow } from './table.js';

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
 * In a tree older than the table, rows of newer RPCs are left out. RPCs without a row, rows without
 * their RPC or that cannot be used, and methods of one name are problems.
 */
export function matchRows(
  schema: Schema,
  table: FeatureTable,
  release: string | undefined,
  problems: Problems,
): FeaturePlan[] {
  const homes = new Map<string, string>();
  const plans: FeaturePlan[] = [];
  for (const [feature, row] of Object.entries(table.features)) {
    if (!isFeatureName(feature)) {
      problems.add(`feature "${feature}": a feature's name is in kebab-case`);
    }
    const methods: MethodPlan[] = [];
    for (const [name, methodRow] of Object.entries(row.methods)) {
      const other = homes.get(name);
      if (other !== undefined) {
        problems.add(`${name} is in the features "${other}" and "${feature}": keep one`);
        continue;
      }
      homes.set(name, feature);
      if (!isSoundRow(feature, name, methodRow, problems)) continue;
      const rpc = schema.rpc(name);
      if (rpc !== undefined) methods.push(plan(feature, rpc, methodRow));
      else if (isDue(methodRow, table, release)) {
        problems.add(
          `features.${feature}.methods: the protos have no RPC '${name}': remove its row, or set ` +
            '`until` to the last release that has it',
        );
      }
    }
    findClashes(feature, methods, problems);
    if (methods.length > 0) {
      const extraRoots = rootsOf(feature, row, schema, table, release, problems);
      plans.push({ name: feature, row, methods, extraRoots });
    }
  }
  checkCoverage(schema, table, homes, release, problems);
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
  problems: Problems,
): string[] {
  return (row.extraRoots ?? []).filter((name) => {
    if (schema.hasType(name)) return true;
    if (!isOlder(table, release)) {
      problems.add(`features.${feature}.extraRoots: the protos have no message '${name}'`);
    }
    return false;
  });
}

function findClashes(feature: string, methods: readonly MethodPlan[], problems: Problems): void {
  const names = new Map<string, string>();
  for (const { name, rpc } of methods) {
    const other = names.get(name);
    if (other !== undefined) {
      problems.add(
        `features.${feature}: ${other} and ${rpc.name} are both called '${name}': add ` +
          `name: '${fillIn}' to the row '${rpc.name}'`,
      );
    }
    names.set(name, rpc.name);
  }
}

/** What is for somebody to decide is left open in the row, and refused until it is filled in. */
function checkCoverage(
  schema: Schema,
  table: FeatureTable,
  homes: ReadonlyMap<string, string>,
  release: string | undefined,
  problems: Problems,
): void {
  const skipped = table.skipped ?? {};
  const since = release === undefined || release === unreleased ? fillIn : release;
  const blank = `{ idempotency: '${fillIn}', roles: ['${fillIn}'], since: '${since}' }`;
  for (const { name } of schema.rpcs()) {
    if (homes.has(name) || Object.hasOwn(skipped, name)) continue;
    problems.add(
      `${name} is in no feature: add to the methods of one in the table\n  '${name}': ${blank},\n` +
        `or add to skipped\n  '${name}': '${fillIn}',`,
    );
  }
  for (const [name, reason] of Object.entries(skipped)) {
    if (homes.has(name)) problems.add(`${name} is skipped and in a feature: keep one`);
    if (reason === fillIn) problems.add(`skipped: '${name}': say why`);
    if (schema.rpc(name) === undefined) {
      problems.add(`skipped: the protos have no RPC '${name}': remove its row`);
    }
  }
}
