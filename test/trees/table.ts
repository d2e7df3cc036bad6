import type { Tree } from '../../codegen/load.js';
import { Schema } from '../../codegen/schema.js';
import { type FeatureTable, TableError } from '../../codegen/table.js';

/** A table for a tree that nobody wrote one for: every service is a feature, every RPC a method. */
export function tableFor(tree: Tree, names: Readonly<Record<string, string>>): FeatureTable {
  const features: Record<string, FeatureTable['features'][string]> = {};
  for (const { name, service } of new Schema(tree.contract).rpcs()) {
    const feature = service.name
      .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
      .replace(/[._]+/g, '-')
      .toLowerCase();
    const { methods = {} } = features[feature] ?? {};
    const row = { idempotency: 'unsafe', roles: [], since: '1.0' } as const;
    features[feature] = { about: service.name, methods: { ...methods, [name]: row } };
  }
  return { product: 'The service', features, names };
}

/**
 * Runs `generate` with a table, and again with names for what it says clashes: the full name in one
 * word, as somebody would name it who has no better idea.
 */
export function withNames<T>(tree: Tree, generate: (table: FeatureTable) => T): T {
  const names: Record<string, string> = {};
  for (;;) {
    try {
      return generate(tableFor(tree, names));
    } catch (error) {
      const clashes = error instanceof TableError ? error.clashes : [];
      const unnamed = clashes.filter((name) => names[name] === undefined);
      if (unnamed.length === 0) throw error;
      for (const name of unnamed) names[name] = name.replaceAll('.', '_');
    }
  }
}
