import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Build, build } from '../../codegen/build.js';
import type { Output } from '../../codegen/format.js';
import { type GenerateOptions, generate } from '../../codegen/generate.js';
import { loadTree } from '../../codegen/load.js';
import type { FeatureRow, FeatureTable, MethodRow } from '../../codegen/table.js';
import { plainNames } from '../../codegen/uses.js';
import { writeOutputs } from '../../codegen/write.js';
import { folderOf, repository, temporaryFolder } from './protos/support.js';

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
  const { files: models, ...rest } = build(loadTree(folderOf(files)), table, { only });
  return { files: unmarked(models), ...rest };
}

/** Models with the names that they use as they are. */
function unmarked<T>(value: T): T {
  if (typeof value === 'string') return plainNames(value) as T;
  if (Array.isArray(value)) return value.map(unmarked) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unmarked(one)])) as T;
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

/** What the compiler says about generated files, under the project's own settings; '' for nothing. */
export function typeErrors(outputs: readonly Output[]): string {
  const folder = temporaryFolder();
  // `outputsOf` prints imports of the runtime relative to a folder of the project.
  const source = join(repository, 'src/runtime');
  const moved = outputs.map(({ path, text }) => ({
    path,
    text: text.replace(/'(?:\.\.\/)+src\/runtime\//g, `'${source}/`),
  }));
  writeOutputs(join(folder, 'generated'), moved);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(repository, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(repository, 'node_modules/@types')], paths: {} },
      include: ['generated'],
      exclude: [],
    }),
  );
  const tsc = join(repository, 'node_modules/.bin/tsc');
  return spawnSync(tsc, ['--noEmit', '-p', folder], { encoding: 'utf8' }).stdout;
}
