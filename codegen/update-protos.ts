import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { features } from './features.js';
import { ContractError } from './protos/contract-error.js';
import { reportLines } from './protos/report.js';
import {
  planFormat,
  planUpdate,
  type UpdatePlan,
  type UpdateRequest,
  writeUpdate,
} from './protos/update.js';
import { releaseOf } from './releases.js';
import { ResourceFactsError } from './resources/table.js';
import {
  kindLines,
  readKindTable,
  readResourceFacts,
  updateKindTable,
  writeKindTable,
} from './resources/update.js';
import { type FeatureTable, TableError } from './table.js';
import { loadTable } from './table-file.js';
import { todoLines } from './todo.js';

const usage = `Brings proto/ to the wire facts of another Talos release; comments stay.

  npm run protos:update -- --from <facts> --talos <version>
  npm run protos:format                 after editing comments: wraps and orders them again

  --from PATH                  folder of .proto files (may be given several times), or one
                               contract JSON (talos-wire-contract/1)
  --talos VERSION              the Talos release that the facts belong to, like v1.14.0, or main
  --cosi-specification COMMIT  for folders: where the COSI state service comes from
  --cosi-runtime VERSION       for folders: the COSI runtime that this Talos release uses
  --proto DIR                  the tree to update (default: proto)
  --comments DIR               a further tree to take missing comments from (several times)
  --gone FOLDER                folder of the tree that the release no longer has (several times)
  --table FILE                 the feature table to match the tree with (default, for proto/:
                               codegen/features.ts)
  --resources FILE             the kinds of resources of the same release, as JSON
                               (talos-resource-specs/1); brings the table of kinds up to date
  --kinds FILE                 that table (default, for proto/: schemas/resources/kinds.json)
  --skip PATH                  import path to leave out of folders (several times); the tree's
                               sources.json remembers it`;

/** What the command line asks for: a tree and the plan to bring it about. */
interface Task {
  readonly tree: string;
  readonly plan: () => UpdatePlan;
  /** The table of kinds of resources, brought up to date; nothing where it is not asked for. */
  readonly kinds: () => string[];
  /** The table to match the tree with; a tree of another project may have none. */
  readonly table: () => Promise<FeatureTable | undefined>;
}

const ownTree = 'proto';
const ownKinds = 'schemas/resources/kinds.json';

/** Reads the command line; `undefined` when only help is asked for. */
function readArguments(args: readonly string[]): Task | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string', multiple: true },
      talos: { type: 'string' },
      'cosi-specification': { type: 'string' },
      'cosi-runtime': { type: 'string' },
      proto: { type: 'string', default: ownTree },
      comments: { type: 'string', multiple: true },
      skip: { type: 'string', multiple: true },
      gone: { type: 'string', multiple: true },
      table: { type: 'string' },
      resources: { type: 'string' },
      kinds: { type: 'string' },
      format: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const tree = values.proto;
  if (values.format === true)
    return { tree, plan: () => planFormat(tree), kinds: () => [], table: async () => undefined };
  if (values.from === undefined) throw new ContractError('--from is missing: where are the facts?');
  if (values.talos === undefined || !/^(?:v\d+\.\d+\.\d+(?:-[\w.]+)?|main)$/.test(values.talos)) {
    throw new ContractError('--talos: name the Talos release of the facts, like v1.14.0, or main');
  }
  const specification = values['cosi-specification'];
  const runtime = values['cosi-runtime'];
  const request: UpdateRequest = {
    from: values.from,
    source: {
      talos: values.talos,
      ...(specification === undefined ? {} : { cosiSpecification: specification }),
      ...(runtime === undefined ? {} : { cosiRuntime: runtime }),
    },
    tree,
    comments: values.comments ?? [],
    skip: values.skip ?? [],
    gone: (values.gone ?? []).map((folder) => folder.replace(/\/$/, '')),
  };
  const table = async () => {
    if (values.table !== undefined) return loadTable(resolve(values.table));
    return tree === ownTree ? features : undefined;
  };
  const { resources, kinds: file = tree === ownTree ? ownKinds : undefined } = values;
  if (resources !== undefined && file === undefined) {
    throw new ContractError('--kinds is missing: which table of kinds is to be updated?');
  }
  const kinds = () =>
    resources === undefined || file === undefined ? [] : updateKinds(file, resources, values.talos);
  return { tree, plan: () => planUpdate(request), kinds, table };
}

/** Brings the table of kinds up to date, and tells what changed. */
function updateKinds(file: string, resources: string, talos: string | undefined): string[] {
  const facts = readResourceFacts(resources);
  if (talos !== undefined && releaseOf(facts.talos) !== releaseOf(talos)) {
    throw new ResourceFactsError(`${resources} is of Talos ${facts.talos}, --talos is ${talos}`);
  }
  const before = existsSync(file) ? readKindTable(file) : undefined;
  const { table, changes } = updateKindTable(before, facts);
  writeKindTable(file, table);
  return kindLines(changes);
}

async function main(): Promise<void> {
  const task = readArguments(process.argv.slice(2));
  if (task === undefined) {
    console.log(usage);
    return;
  }
  const { tree } = task;
  const table = await task.table();
  const plan = task.plan();
  // Before anything is written: what is wrong with the one stops the other.
  const kinds = task.kinds();
  writeUpdate(tree, plan);
  const lines = [...reportLines(plan.changes), ...kinds];
  if (table !== undefined) {
    lines.push(...todoLines(tree, table, plan.changes, plan.missing));
  } else if (plan.missing.length > 0) {
    lines.push(`${plan.missing.length} elements lack a comment; npm run check lists them.`);
  }
  for (const line of lines) console.log(line);
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  const isKnown =
    error instanceof ContractError ||
    error instanceof TableError ||
    error instanceof ResourceFactsError;
  if (!isKnown && !isUsage) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
