import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drift } from './check.js';
import { features } from './features.js';
import { FormatError, format, type Output } from './format.js';
import { print } from './generate.js';
import { loadTree } from './load.js';
import { MachineConfigFactsError } from './machine-config/contract.js';
import { printMachineConfig } from './machine-config/generate.js';
import { ContractError } from './protos/contract-error.js';
import { Renderer } from './render.js';
import { printResources } from './resources/generate.js';
import { ResourceFactsError } from './resources/table.js';
import type { Coverage } from './surface-model.js';
import { TableError } from './table.js';
import { loadTable } from './table-file.js';
import { writeOutputs } from './write.js';

const usage = `tsx codegen/cli.ts generate | check [options]

  --protos DIR      the .proto files (proto)
  --out DIR         the output folder, with the server's half of the codecs in server/ (generated,
                    which takes machine configurations and resources as well, and testkit/generated)
  --skip A,B        .proto files to leave out, such as those of options in proto2
  --features A,B    only these features and what they need
  --table FILE      a module whose default export is the feature table (codegen/features.ts)
  --docs FILE       the page that lists every RPC (docs/api-surface.md, with the default --out)
  --runtime PATH    module path of the runtime, for output that is to live elsewhere`;

const surface = 'docs/api-surface.md';

/** The page that lists the kinds of machine configuration documents. */
const kindsPage = 'docs/machine-config-kinds.md';

/** The page that lists the kinds of resources. */
const resourcesPage = 'docs/resources.md';

/** Where the testkit has the server's half of the codecs; other output folders have it in `server/`. */
const testkit = 'testkit/generated';
const serverFolder = 'server/';

/** Which tests call which RPC; the test suite writes it. */
const coverageFile = 'docs/rpc-coverage.json';

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      protos: { type: 'string', default: resolve(root, 'proto') },
      out: { type: 'string' },
      skip: { type: 'string' },
      features: { type: 'string' },
      table: { type: 'string' },
      docs: { type: 'string' },
      runtime: { type: 'string' },
    },
  });
  const [command, ...rest] = positionals;
  if ((command !== 'generate' && command !== 'check') || rest.length > 0) {
    console.error(usage);
    return 2;
  }
  const out = values.out ?? resolve(root, 'generated');
  const docs = values.docs ?? (values.out === undefined ? resolve(root, surface) : undefined);
  const templates = resolve(root, 'templates');
  const printed = print({
    protos: values.protos,
    table: values.table === undefined ? features : await loadTable(values.table),
    templates,
    runtime: values.runtime ?? runtimeFrom(out),
    client: values.out === undefined ? 'talos-client' : undefined,
    surface: docs === undefined ? undefined : relative(out, docs).replaceAll('\\', '/'),
    coverage: readCoverage(),
    skip: list(values.skip),
    only: list(values.features),
  });
  if (values.out === undefined) {
    const renderer = new Renderer(templates, { runtime: runtimeFrom(out) });
    const page = (file: string) => relative(out, resolve(root, file)).replaceAll('\\', '/');
    const configs = resolve(root, 'schemas/machine-config');
    const resources = resolve(root, 'schemas/resources');
    const tree = loadTree(values.protos);
    printed.push(
      ...printMachineConfig(configs, renderer, page(kindsPage)),
      ...printResources(tree, resources, renderer, page(resourcesPage)),
    );
  }
  const folders = foldersOf(format(printed), out, values.out === undefined);
  if (command === 'generate') {
    for (const [folder, outputs] of folders) writeOutputs(folder, outputs);
    return 0;
  }
  const lines = folders.flatMap(([folder, outputs]) => drift(folder, outputs));
  for (const line of lines) console.error(line);
  return lines.length === 0 ? 0 : 1;
}

/** Folder → what belongs there. In this repository, the server's half is a part of the testkit. */
function foldersOf(
  outputs: readonly Output[],
  out: string,
  isOurs: boolean,
): [folder: string, outputs: readonly Output[]][] {
  if (!isOurs) return [[out, outputs]];
  const isServed = ({ path }: Output) => path.startsWith(serverFolder);
  const served = outputs.filter(isServed).map(({ path, text }) => ({
    path: path.slice(serverFolder.length),
    text,
  }));
  return [
    [out, outputs.filter((output) => !isServed(output))],
    [resolve(root, testkit), served],
  ];
}

function list(value: string | undefined): string[] | undefined {
  return value?.split(',').map((item) => item.trim());
}

/** The runtime's folder as files at the top of `out` reach it. */
function runtimeFrom(out: string): string {
  const path = relative(resolve(out), resolve(root, 'src/runtime')).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

function readCoverage(): Coverage {
  const path = resolve(root, coverageFile);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { code = '' } = error as { readonly code?: string };
  const known =
    code.startsWith('ERR_PARSE_ARGS') ||
    error instanceof ContractError ||
    error instanceof TableError ||
    error instanceof MachineConfigFactsError ||
    error instanceof ResourceFactsError ||
    error instanceof FormatError;
  if (!known) throw error;
  console.error((error as Error).message);
  process.exitCode = code === '' ? 1 : 2;
}
