import { pathToFileURL } from 'node:url';
import { type FeatureTable, TableError } from './table.js';

/** The table that a module has as its default export, or that a JSON file holds. */
export async function loadTable(file: string): Promise<FeatureTable> {
  const module: { readonly default?: FeatureTable } = await import(pathToFileURL(file).href, {
    with: file.endsWith('.json') ? { type: 'json' } : {},
  });
  if (module.default === undefined) throw new TableError(`${file}: has no default export`);
  return module.default;
}
