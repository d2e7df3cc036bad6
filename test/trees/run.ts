import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { features } from '../../codegen/features.js';
import type { Output } from '../../codegen/format.js';
import { generate } from '../../codegen/generate.js';
import { loadTree, type Tree } from '../../codegen/load.js';
import { writeOutputs } from '../../codegen/write.js';
import { cache, FetchError, layOut } from './fetch.js';
import { foreignTrees, type TreeSource, talosTrees } from './sources.js';
import { withNames } from './table.js';

const usage = `npm run test:trees [-- --small | --write | NAME…]

Generates from every release of Talos and from trees of other projects, and type-checks what comes
out. Go modules and npm packages are fetched into node_modules/.cache.

  --small   three trees, for continuous integration
  --write   writes the table into docs/trees.md too
  NAME      only trees whose name contains it`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs/trees.md');

const ownTree: TreeSource = { name: 'Talos 1.14, as in `proto/`', talos: 'v1.14', from: [] };
const trees = [...talosTrees, ownTree, ...foreignTrees];
const small = ['Talos 1.6', 'Talos 1.13', 'SPIRE'];

interface Row {
  readonly name: string;
  readonly files: string;
  readonly rpcs: string;
  readonly loads: string;
  readonly generates: string;
  readonly typeChecks: string;
  readonly failure: string | undefined;
}

function rowOf(tree: TreeSource): Row {
  const place = join(cache, 'trees', tree.name.toLowerCase().replace(/[^a-z0-9]+/g, '-'));
  const protos = tree.from.length === 0 ? join(root, 'proto') : join(place, 'proto');
  const row = { name: tree.name, files: '', rpcs: '', loads: '', generates: '', typeChecks: '' };
  let step: 'loads' | 'generates' | 'typeChecks' = 'loads';
  const timed = <T>(name: typeof step, work: () => T): T => {
    step = name;
    const start = performance.now();
    const result = work();
    row[name] = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    return result;
  };
  try {
    if (tree.from.length > 0) layOut(tree, protos);
    const loaded: Tree = timed('loads', () => loadTree(protos));
    row.files = String(loaded.contract.files.length);
    const services = loaded.contract.files.flatMap((file) => file.services);
    row.rpcs = String(services.flatMap(({ methods }) => methods).length);
    const out = join(place, 'generated');
    const options = {
      protos,
      templates: join(root, 'templates'),
      runtime: relative(out, join(root, 'src/runtime')).replaceAll('\\', '/'),
    };
    const outputs = timed('generates', () =>
      tree.talos === undefined
        ? withNames(loaded, (table) => generate({ ...options, table }))
        : generate({ ...options, table: features }),
    );
    timed('typeChecks', () => typeCheck(place, out, outputs));
    return { ...row, failure: undefined };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    row[step] = 'no';
    return { ...row, failure: (error as Error).message };
  }
}

/** Throws with the compiler's words if the output does not pass the project's own settings. */
function typeCheck(place: string, out: string, outputs: readonly Output[]): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeOutputs(out, outputs);
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')], paths: {} },
    include: ['generated'],
    exclude: [],
  };
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', place], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stdout.split('\n').slice(0, 5).join('\n'));
}

const head = [
  '| tree | .proto files | RPCs | loads | generates | type-checks |',
  '| --- | --: | --: | --: | --: | --: |',
];

function line({ name, files, rpcs, loads, generates, typeChecks }: Row): string {
  return `| ${[name, files, rpcs, loads, generates, typeChecks].join(' | ')} |`;
}

function main(args: readonly string[]): number {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const names = args.filter((arg) => !arg.startsWith('--'));
  const chosen = trees.filter(({ name }) => {
    if (args.includes('--small')) return small.includes(name);
    return (
      names.length === 0 || names.some((part) => name.toLowerCase().includes(part.toLowerCase()))
    );
  });
  for (const text of head) console.log(text);
  const rows = chosen.map((tree) => {
    const row = rowOf(tree);
    console.log(line(row));
    return row;
  });
  const failed = rows.filter(({ failure }) => failure !== undefined);
  for (const { name, failure } of failed) console.error(`\n${name}: ${failure}`);
  if (args.includes('--write')) writePage(rows);
  console.log(`\ntrees: ${rows.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 && rows.length > 0 ? 0 : 1;
}

/** Puts the table in place of the one that the page has. */
function writePage(rows: readonly Row[]): void {
  const text = readFileSync(page, 'utf8');
  const table = [...head, ...rows.map(line)].join('\n');
  writeFileSync(page, text.replace(/^\| tree \|.*?\n(?=\n)/ms, `${table}\n`));
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof FetchError)) throw error;
  console.error(`trees: ${error.message}`);
  process.exitCode = 1;
}
