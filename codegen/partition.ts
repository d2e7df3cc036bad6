import type { Problems } from './problems.js';
import type { Schema } from './schema.js';
import type { FeatureTable } from './table.js';

/** Where a type lives and which half of its codec clients need; servers need the other one. */
export interface Home {
  /** Module path below the messages and server folders: `etcd`, `shared`, `definitions/network`. */
  readonly module: string;
  /** Whether clients read it, and servers write it. */
  readonly clientDecodes: boolean;
  /** Whether clients write it, and servers read it. */
  readonly clientEncodes: boolean;
}

/** The RPCs of one feature, as far as the messages they use matter. */
export interface Roots {
  readonly feature: string;
  readonly requests: readonly string[];
  readonly replies: readonly string[];
}

const unreached = 'unreached';

/**
 * Gives every message and enum its module: the only feature or library that reaches it, or
 * `shared` when there are several.
 */
export function partition(
  schema: Schema,
  table: FeatureTable,
  features: readonly Roots[],
  problems: Problems,
): Map<string, Home> {
  const library = new Map<string, string>();
  for (const name of schema.typeNames()) {
    const module = libraryOf(schema.packageOf(name), table);
    if (module !== undefined) library.set(name, module);
  }

  const owners = new Map<string, Set<string>>();
  const own = (owner: string, names: ReadonlySet<string>): void => {
    for (const name of names) {
      const set = owners.get(name);
      if (set === undefined) owners.set(name, new Set([owner]));
      else set.add(owner);
    }
  };
  const decoded = new Set<string>();
  const encoded = new Set<string>();
  for (const { feature, requests, replies } of features) {
    const written = schema.reachable(requests);
    const read = schema.reachable(replies);
    own(feature, written);
    own(feature, read);
    for (const name of written) encoded.add(name);
    for (const name of read) decoded.add(name);
  }
  for (const module of new Set(library.values())) {
    const names = [...library].filter(([, other]) => other === module).map(([name]) => name);
    const closure = schema.reachable(names);
    own(module, closure);
    for (const name of closure) decoded.add(name);
  }
  const rest = [...schema.typeNames()].filter((name) => !owners.has(name));
  own(unreached, new Set(rest));
  for (const name of schema.reachable(rest)) decoded.add(name);

  const homes = new Map<string, Home>();
  for (const name of schema.typeNames()) {
    homes.set(name, {
      module: library.get(name) ?? commonModule([...(owners.get(name) ?? [])]),
      clientDecodes: decoded.has(name),
      clientEncodes: encoded.has(name),
    });
  }
  checkModules(features, library, problems);
  return homes;
}

/** The one owner's module; the shared one of a folder when all owners are in it; else `shared`. */
function commonModule(owners: readonly string[]): string {
  const [first = unreached, ...others] = owners;
  if (others.length === 0) return first;
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  return owners.every((owner) => owner.startsWith(folder)) ? `${folder}shared` : 'shared';
}

function libraryOf(packageName: string, table: FeatureTable): string | undefined {
  for (const row of table.libraries ?? []) {
    if (row.package === packageName) return row.module;
    const parent = row.package.endsWith('.*') ? row.package.slice(0, -1) : undefined;
    const last = parent !== undefined && packageName.startsWith(parent);
    if (last && !packageName.slice(parent.length).includes('.')) {
      return row.module.replaceAll('*', packageName.slice(parent.length));
    }
  }
  return undefined;
}

function checkModules(
  features: readonly Roots[],
  library: ReadonlyMap<string, string>,
  problems: Problems,
): void {
  const modules = new Set([...library.values(), 'methods', 'shared', unreached]);
  for (const { feature } of features) {
    if (modules.has(feature)) {
      problems.add(`feature "${feature}": the module messages/${feature} is taken; rename it`);
    }
  }
}
