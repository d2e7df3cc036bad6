import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MachineConfigFactsError, readReleaseFacts } from './contract.js';
import { readFactsFile } from './facts.js';
import { emptyTable, withRelease } from './merge.js';
import { reportLines } from './report.js';
import { compareReleases, type StructureTable } from './structures.js';

const usage = `Brings another Talos release into schemas/machine-config/; our own texts stay.

  npm run config:update -- --from <file> [--from <file>] --talos <version>

  --from FILE      config.schema.json of the release, or a contract JSON of its documents
                   (talos-config-contract/1) or Go structs (talos-config-structs/1); several add up
  --talos VERSION  the release, like v1.15.0 or 1.15
  --schemas DIR    the folder to update (schemas/machine-config)

A schema alone does not tell pointers and the order of writing: what it brings is appended, and
taken for optional. Then: npm run generate, and texts for what came (schemas/machine-config/texts/).`;

const folder = fileURLToPath(new URL('../../schemas/machine-config', import.meta.url));

function main(argv: readonly string[]): number {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      from: { type: 'string', multiple: true },
      talos: { type: 'string' },
      schemas: { type: 'string', default: folder },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  if (values.from === undefined) {
    throw new MachineConfigFactsError('--from is missing: where are the facts of the release?');
  }
  const [, release] = /^v?(\d+\.\d+)(?:\.|$)/.exec(values.talos ?? '') ?? [];
  if (release === undefined) {
    throw new MachineConfigFactsError('--talos: name the release of the facts, like v1.15.0');
  }
  const file = join(values.schemas, 'structures.json');
  const before = readTable(file);
  const newest = before.releases.at(-1);
  if (newest !== undefined && compareReleases(release, newest) < 0) {
    throw new MachineConfigFactsError(
      `--talos: ${release} is older than ${newest}, which the table already has; releases come in their order`,
    );
  }
  const corrections = readFactsFile(join(values.schemas, 'facts.yaml'));
  const after = withRelease(before, release, readReleaseFacts(values.from), corrections);
  writeFileSync(file, tableText(after));
  const lines = reportLines(before, after);
  console.log(
    [`${file}: Talos ${release}`, ...(lines.length > 0 ? lines : ['no change'])].join('\n'),
  );
  return 0;
}

/** The table of a file; an empty one where there is none yet. */
export function readTable(file: string): StructureTable {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : emptyTable;
}

/** The table as text: a field on each line, so that a difference reads well. */
export function tableText(table: StructureTable): string {
  const list = (rows: readonly unknown[], indent: string) =>
    rows.map((row) => `${indent}${JSON.stringify(row)}`).join(',\n');
  const structures = Object.entries(table.structures).map(([name, { fields, ...life }]) => {
    const head = Object.entries(life).map(([key, value]) => `${JSON.stringify(key)}:"${value}",`);
    return `  ${JSON.stringify(name)}: {${head.join('')}"fields":[\n${list(fields, '    ')}\n  ]}`;
  });
  return `{
"format": ${JSON.stringify(table.format)},
"releases": ${JSON.stringify(table.releases)},
"documents": [
${list(table.documents, '  ')}
],
"structures": {
${structures.join(',\n')}
}}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    const { code = '' } = error as { readonly code?: string };
    const known = code.startsWith('ERR_PARSE_ARGS') || error instanceof MachineConfigFactsError;
    if (!known) throw error;
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
