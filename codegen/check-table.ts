import { isMethodName, isTypeName } from './naming.js';
import { isOlder } from './rows.js';
import type { Schema } from './schema.js';
import { type FeatureTable, type MethodRow, TableError } from './table.js';

const idempotencies: readonly string[] = ['read', 'idempotent', 'unsafe'];

/**
 * Refuses entries that the types of a table written in JSON cannot, and those that name what the
 * protos do not have.
 */
export function checkTable(schema: Schema, table: FeatureTable, release: string | undefined): void {
  for (const [feature, { about, methods }] of Object.entries(table.features)) {
    if (typeof about !== 'string' || about === '') {
      throw new TableError(`features.${feature}.about: says what the feature is about`);
    }
    for (const [rpc, row] of Object.entries(methods)) {
      checkRow(`features.${feature}.methods['${rpc}']`, row);
    }
  }
  checkNames(schema, table, release);
  if (isOlder(table, release)) return;
  const packages = new Set([...schema.typeNames()].map((name) => schema.packageOf(name)));
  const services = new Set([...schema.rpcs()].map(({ service }) => service.name));
  for (const row of table.libraries ?? []) {
    const prefix = row.package.replace(/\*$/, '');
    const found = [...packages].some((name) =>
      prefix === row.package ? name === prefix : name.startsWith(prefix),
    );
    if (!found) {
      throw new TableError(
        `libraries: the protos have no package '${row.package}': remove its row`,
      );
    }
  }
  for (const service of table.aggregating ?? []) {
    if (services.has(service)) continue;
    throw new TableError(`aggregating: the protos have no service '${service}': remove it`);
  }
}

function checkRow(place: string, row: MethodRow): void {
  const { name, idempotency, roles, since, until = since, required = {} } = row;
  if (name !== undefined && !isMethodName(name)) {
    throw new TableError(`${place}.name: '${name}' cannot name a method`);
  }
  if (!idempotencies.includes(idempotency)) {
    throw new TableError(`${place}.idempotency: is one of ${idempotencies.join(', ')}`);
  }
  const { timeoutMs = 'none' } = row;
  if (timeoutMs !== 'none' && !(Number.isInteger(timeoutMs) && timeoutMs > 0)) {
    throw new TableError(`${place}.timeoutMs: is a whole number of milliseconds, or 'none'`);
  }
  if (!Array.isArray(roles) || !roles.every((item) => typeof item === 'string')) {
    throw new TableError(`${place}.roles: is a list of strings`);
  }
  checkRequired(`${place}.required`, required);
  for (const [key, value] of Object.entries({ since, until })) {
    if (typeof value === 'string' && /^\d+(\.\d+)*$/.test(value)) continue;
    throw new TableError(`${place}.${key}: is a release such as '1.14'`);
  }
}

function checkRequired(place: string, required: unknown): void {
  if (typeof required !== 'object' || required === null || Array.isArray(required)) {
    throw new TableError(`${place}: names fields, each with what the call would do without it`);
  }
  for (const [field, without] of Object.entries(required)) {
    if (typeof without === 'string' && without.startsWith('would ')) continue;
    throw new TableError(
      `${place}['${field}']: says what the call would do without it, as in 'would wipe all disks'`,
    );
  }
}

function checkNames(schema: Schema, table: FeatureTable, release: string | undefined): void {
  for (const [fullName, name] of Object.entries(table.names ?? {})) {
    if (!isTypeName(name)) throw new TableError(`names['${fullName}']: '${name}' cannot be a name`);
    const parent = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
    const last = fullName.slice(parent.length + 1);
    const message = schema.hasType(parent) ? schema.type(parent).message : undefined;
    const isField = message?.fields.some((field) => field.name === last || field.oneof === last);
    if (schema.hasType(fullName) || isField === true || isOlder(table, release)) continue;
    throw new TableError(`names: the protos have no '${fullName}': remove its line`);
  }
}
