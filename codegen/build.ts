import { checkTable } from './check-table.js';
import { FeaturesBuilder, featureNames } from './features-model.js';
import { fullFile } from './full-model.js';
import { header } from './header.js';
import type { Tree } from './load.js';
import { MessagesBuilder } from './messages-model.js';
import type { AnyFile, Declaration, ServerFile } from './model.js';
import { constantName } from './naming.js';
import { type Home, partition } from './partition.js';
import { Problems } from './problems.js';
import { type FeaturePlan, matchRows } from './rows.js';
import { Schema } from './schema.js';
import { respell } from './spelling.js';
import { type Coverage, surfaceFile } from './surface-model.js';
import type { FeatureTable } from './table.js';
import { TypeIndex } from './type-index.js';
import { use } from './uses.js';

export interface BuildOptions {
  /** Emit only these features and what they need. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Path of the page that lists all RPCs, from the output folder. Default: there is none. */
  readonly surface?: string | undefined;
  readonly coverage?: Coverage | undefined;
}

/** All decisions about the output: the models of its files. */
export interface Build {
  readonly files: readonly AnyFile[];
  readonly plans: readonly FeaturePlan[];
  readonly schema: Schema;
  readonly index: TypeIndex;
}

/**
 * Decides what to generate from a tree. Throws `TableError` when tree and table do not fit; it names
 * everything that does not.
 */
export function build(source: Tree, table: FeatureTable, options: BuildOptions): Build {
  const schema = new Schema(source.contract);
  const tree = { ...source, comments: respell(source.comments, schema) };
  const problems = new Problems();
  checkTable(schema, table, tree.release, problems);
  const all = matchRows(schema, table, tree.release, problems);
  const homes = homesOf(schema, table, all, problems);
  const declared = new Set(all.flatMap(({ name }) => Object.values(featureNames(name))));
  const index = new TypeIndex('client', schema, table, homes, declared, problems);
  // The same names: what clashes was told of the client.
  const server = new TypeIndex('server', schema, table, homes, declared, new Problems());
  const features = new FeaturesBuilder(tree, index, table, problems);
  const plans = choose(all, options.only, problems);
  const { surface, coverage = {} } = options;
  const files: AnyFile[] = plans.map((plan) => features.feature(plan));

  const isWanted = wantedModules(plans, options.only, homes, schema);
  const modules = new Map(
    [index, server]
      .flatMap((side) => [...new MessagesBuilder(tree, side, table.product).modules()])
      .filter(([path]) => isWanted(path.slice(path.indexOf('/') + 1))),
  );
  // A feature whose messages are all shared has no server module of its own but for its RPCs.
  for (const { name } of plans) {
    const path = `server/${name}`;
    if (!modules.has(path)) modules.set(path, { types: [], declarations: [] });
  }
  for (const [path, { types, declarations }] of modules) {
    const plan = plans.find(({ name }) => path === `server/${name}`);
    const served: Declaration[] = plan === undefined ? [] : [features.server(plan, server)];
    const protos = types.length === 0 && plan !== undefined ? protosOf([plan]) : types.map(fileOf);
    const all = [...declarations, ...served];
    files.push({
      template: 'messages',
      path: `${path}.ts`,
      header: header(protos),
      declares: all.map(({ name }) => name),
      declarations: all,
    });
  }

  if (plans.length > 0) files.push(serverFile(plans));
  if (options.only === undefined) {
    if (table.full === true) files.push(fullFile(plans, problems));
    if (surface !== undefined) {
      files.push(surfaceFile(surface, plans, table, tree.release, coverage));
    }
  }
  problems.throwAny();
  return { files, plans, schema, index };

  function fileOf(type: string): string {
    return schema.type(type).file.path;
  }
}

function homesOf(
  schema: Schema,
  table: FeatureTable,
  plans: readonly FeaturePlan[],
  problems: Problems,
): Map<string, Home> {
  const roots = plans.map(({ name, methods, extraRoots }) => ({
    feature: name,
    requests: methods.map(({ rpc }) => rpc.method.input),
    replies: [...methods.map(({ rpc }) => rpc.method.output), ...extraRoots],
  }));
  return partition(schema, table, roots, problems);
}

/** The list of every RPC that is generated, from those of the features. */
function serverFile(plans: readonly FeaturePlan[]): ServerFile {
  return {
    template: 'server',
    path: 'server/methods.ts',
    header: header(protosOf(plans)),
    declares: ['serverMethods'],
    lists: plans.map(({ name }) => use(`server/${name}`, constantName(name, 'ServerMethods'))),
  };
}

function protosOf(plans: readonly FeaturePlan[]): string[] {
  return plans.flatMap(({ methods }) => methods.map(({ rpc }) => rpc.file.path));
}

function choose(
  plans: readonly FeaturePlan[],
  only: readonly string[] | undefined,
  problems: Problems,
): FeaturePlan[] {
  for (const name of only ?? []) {
    if (plans.some((plan) => plan.name === name)) continue;
    problems.add(`no feature "${name}"; there are ${plans.map((plan) => plan.name).join(', ')}`);
  }
  return plans.filter(({ name }) => only === undefined || only.includes(name));
}

/** Which modules of messages to emit: all, or those that the chosen features reach. */
function wantedModules(
  chosen: readonly FeaturePlan[],
  only: readonly string[] | undefined,
  homes: ReadonlyMap<string, Home>,
  schema: Schema,
): (module: string) => boolean {
  if (only === undefined) return () => true;
  const roots = chosen.flatMap(({ methods, extraRoots }) => [
    ...methods.flatMap(({ rpc: { method } }) => [method.input, method.output]),
    ...extraRoots,
  ]);
  const modules = new Set([...schema.reachable(roots)].map((name) => homes.get(name)?.module));
  return (module) => modules.has(module);
}
