import { isMethodName, isTypeName } from './naming.js';
import { fillIn, type Problems } from './problems.js';
import { isOlder } from './releases.js';
import type { Schema } from './schema.js';
import type { FeatureTable, MethodRow } from './table.js';

const idempotencies: readonly string[] = ['read', 'idempotent', 'unsafe'];

/**
 * Finds entries that the types of a table written in JSON cannot refuse, and those that name what
 * the protos do not have. The rows of RPCs are looked at where they are matched.
 */
export function checkTable(
  schema: Schema,
  table: FeatureTable,
  release: string | undefined,
  problems: Problems,
): void {
  for (const [feature, { about }] of Object.entries(table.features)) {
    if (typeof about !== 'string' || about === '') {
      problems.add(`features.${feature}.about: says what the feature is about`);
    }
  }
  checkNames(schema, table, release, problems);
  if (isOlder(table, release)) return;
  const packages = new Set([...schema.typeNames()].map((name) => schema.packageOf(name)));
  const services = new Set([...schema.rpcs()].map(({ service }) => service.name));
  for (const row of table.libraries ?? []) {
    const prefix = row.package.replace(/\*$/, '');
    const found = [...packages].some((name) =>
      prefix === row.package ? name === prefix : name.startsWith(prefix),
    );
    if (!found) {
      problems.add(`libraries: the protos have no package '${row.package}': remove its row`);
    }
  }
  for (const service of table.aggregating ?? []) {
    if (services.has(service)) continue;
    problems.add(`aggregating: the protos have no service '${service}': remove it`);
  }
}

/** Whether a row can be used. What is wrong with it is a problem, what is still open in it too. */
export function isSoundRow(
  feature: string,
  rpc: string,
  row: MethodRow,
  problems: Problems,
): boolean {
  const { name, idempotency, roles, since, until = since, required = {} } = row;
  const place = `features.${feature}.methods['${rpc}']`;
  const found: string[] = [];
  if (name !== undefined && !isMethodName(name)) {
    found.push(`${place}.name: '${name}' cannot name a method`);
  }
  if (!idempotencies.includes(idempotency)) {
    found.push(`${place}.idempotency: is one of ${idempotencies.join(', ')}`);
  }
  const { timeoutMs = 'none' } = row;
  if (timeoutMs !== 'none' && !(Number.isInteger(timeoutMs) && timeoutMs > 0)) {
    found.push(`${place}.timeoutMs: is a whole number of milliseconds, or 'none'`);
  }
  if (!Array.isArray(roles) || !roles.every((item) => typeof item === 'string')) {
    found.push(`${place}.roles: is a list of strings`);
  } else if (roles.includes(fillIn)) {
    found.push(`${place}.roles: '${fillIn}' is to be filled in`);
  }
  const { follows = true } = row;
  if (follows !== true && typeof follows !== 'string') {
    found.push(`${place}.follows: is true, or a field of the request`);
  }
  found.push(...requiredProblems(`${place}.required`, required));
  for (const [key, value] of Object.entries({ since, until })) {
    if (typeof value === 'string' && /^\d+(\.\d+)*$/.test(value)) continue;
    found.push(`${place}.${key}: is a release such as '1.14'`);
  }
  for (const text of found) problems.add(text);
  return found.length === 0;
}

/** What is wrong with the fields that must be stated. */
function requiredProblems(place: string, required: unknown): string[] {
  if (typeof required !== 'object' || required === null || Array.isArray(required)) {
    return [`${place}: names fields, each with what the call would do without it`];
  }
  return Object.entries(required).flatMap(([field, without]) => {
    const isText = typeof without === 'string';
    if (isText && without.includes(fillIn))
      return [`${place}['${field}']: '${fillIn}' is to be filled in`];
    if (isText && without.startsWith('would ')) return [];
    return [
      `${place}['${field}']: says what the call would do without it, as in 'would wipe all disks'`,
    ];
  });
}

function checkNames(
  schema: Schema,
  table: FeatureTable,
  release: string | undefined,
  problems: Problems,
): void {
  for (const [fullName, name] of Object.entries(table.names ?? {})) {
    if (!isTypeName(name)) problems.add(`names['${fullName}']: '${name}' cannot be a name`);
    const parent = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
    const last = fullName.slice(parent.length + 1);
    const message = schema.hasType(parent) ? schema.type(parent).message : undefined;
    const isField = message?.fields.some((field) => field.name === last || field.oneof === last);
    if (schema.hasType(fullName) || isField === true || isOlder(table, release)) continue;
    problems.add(`names: the protos have no '${fullName}': remove its line`);
  }
}
