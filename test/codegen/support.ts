import { join } from 'node:path';
import { type Build, build } from '../../codegen/build.js';
import { type GenerateOptions, generate } from '../../codegen/generate.js';
import { loadTree } from '../../codegen/load.js';
import type { Output } from '../../codegen/polish.js';
import type { FeatureRow, FeatureTable, MethodRow } from '../../codegen/table.js';
import { folderOf, repository } from './protos/support.js';

export const templates = join(repository, 'templates');

/** A .proto file of package `sample` with `body`, under the path `sample.proto`. */
export function sample(body: string): Readonly<Record<string, string>> {
  return { 'sample.proto': `syntax = "proto3";\npackage sample;\n${body}\n` };
}

export const readRow: MethodRow = { idempotency: 'read', roles: [], since: '1.0' };

/** A table of one feature, with the RPCs of the service `sample.Service`. */
export function tableOf(
  methods: Readonly<Record<string, MethodRow>>,
  more: Partial<FeatureTable> & Partial<Pick<FeatureRow, 'extraRoots'>> = {},
): FeatureTable {
  const { extraRoots, ...rest } = more;
  const rows = Object.entries(methods).map(([name, row]) => [`sample.Service/${name}`, row]);
  return {
    product: 'Sample',
    features: {
      sample: {
        about: 'sample',
        methods: Object.fromEntries(rows),
        ...(extraRoots === undefined ? {} : { extraRoots }),
      },
    },
    ...rest,
  };
}

/** The models that `files` give. */
export function modelsOf(
  files: Readonly<Record<string, string>>,
  table: FeatureTable,
  only?: readonly string[],
): Build {
  return build(loadTree(folderOf(files)), table, { runtime: '../src/runtime', only });
}

/** The text of every file that `files` give, by path. */
export function outputsOf(
  files: Readonly<Record<string, string>>,
  table: FeatureTable,
  more: Partial<GenerateOptions> = {},
): ReadonlyMap<string, string> {
  const outputs: readonly Output[] = generate({
    protos: folderOf(files),
    table,
    templates,
    runtime: '../src/runtime',
    ...more,
  });
  return new Map(outputs.map(({ path, text }) => [path, text]));
}
