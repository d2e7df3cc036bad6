import { build } from './build.js';
import { loadTree } from './load.js';
import type { Change } from './protos/changes.js';
import type { MissingComment } from './protos/comments.js';
import { compareReleases, unreleased } from './releases.js';
import { type FeatureTable, TableError } from './table.js';

/**
 * Everything that is left to do by hand after the tree was brought to another release, as lines.
 *
 * `missing` are elements without a comment. The table is matched with the tree that is written, so
 * that rows that are missing or superfluous and names that clash are all named.
 */
export function todoLines(
  tree: string,
  table: FeatureTable,
  changes: readonly Change[],
  missing: readonly MissingComment[],
): string[] {
  const lines: string[] = [];
  const section = (title: string, items: readonly string[]): void => {
    if (items.length > 0) lines.push('', title, ...items.map((item) => `  ${item}`));
  };
  const breaks = changes.filter(({ effect }) => effect === 'breaks');
  const went = changes.filter(({ effect, kind }) => effect === 'gone' && kind === 'rpc');
  section('To do: say in CHANGELOG.md', [
    ...breaks.map(({ name, detail }) => `that the wire breaks at ${name}: ${detail}`),
    ...went.map(({ name }) => `that the RPC ${name} went`),
  ]);
  section(
    'To do: write a comment',
    missing.map(({ file, kind, name }) => `${tree}/${file}: ${kind} ${name}`),
  );
  const renamed = changes.filter(({ detail }) => / was named /.test(detail));
  section(
    'To do: move the comment, which stayed with the old name',
    renamed.map(({ name, detail }) => `${name}: ${detail}`),
  );
  section('To do: codegen/features.ts', tableLines(tree, table));
  lines.push('', 'Then: npm run protos:format && npm run generate && npm run check');
  return lines;
}

function tableLines(tree: string, table: FeatureTable): string[] {
  const loaded = loadTree(tree);
  const { release } = loaded;
  const lines: string[] = [];
  const isNewer = release !== undefined && release !== unreleased && table.release !== undefined;
  if (isNewer && compareReleases(release, table.release ?? release) > 0) {
    lines.push(`release: '${release}', in place of '${table.release}'`);
  }
  try {
    build(loaded, table, {});
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    lines.push(...error.message.split('\n'));
  }
  return lines;
}
