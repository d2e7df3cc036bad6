import { checkTable } from './check-table.js';
import { docComment } from './docs.js';
import { FeaturesBuilder } from './features-model.js';
import { Imports } from './imports.js';
import type { Tree } from './load.js';
import { MessagesBuilder } from './messages-model.js';
import type { AnyFile, Declaration, FullFile, ServerFile } from './model.js';
import { constantName, factoryName, pascalName } from './naming.js';
import { type Home, partition } from './partition.js';
import { type FeaturePlan, matchRows } from './rows.js';
import { Schema } from './schema.js';
import { type Coverage, surfaceFile } from './surface-model.js';
import { type FeatureTable, TableError } from './table.js';
import { TypeIndex } from './type-index.js';

export interface BuildOptions {
  /** Module path of the runtime's folder: a package path, or one relative to the output folder. */
  readonly runtime: string;
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
}

/** Decides what to generate from a tree. Throws `TableError` when tree and table do not fit. */
export function build(tree: Tree, table: FeatureTable, options: BuildOptions): Build {
  const schema = new Schema(tree.contract);
  checkTable(schema, table, tree.release);
  const plans = matchRows(schema, table, tree.release);
  const homes = partition(
    schema,
    table,
    plans.map(({ name, methods, extraRoots }) => ({
      feature: name,
      requests: methods.map(({ rpc }) => rpc.method.input),
      replies: [...methods.map(({ rpc }) => rpc.method.output), ...extraRoots],
    })),
  );
  const index = new TypeIndex(schema, table, homes);
  const chosen = choose(plans, options.only);
  const features = new FeaturesBuilder(tree, index, table);
  const files: AnyFile[] = chosen.map((plan) => {
    const protos = plan.methods.map(({ rpc }) => rpc.file.path);
    return features.feature(plan, options.runtime, header(protos));
  });
  const declarations = new MessagesBuilder(tree, index, table.product).declarations();
  const wanted = wantedModules(chosen, options.only, homes, schema);
  for (const [path, list] of declarations) {
    const [folder, module = ''] = splitOnce(path, '/');
    if (!wanted(module)) continue;
    const imports = importsOf(path);
    const plan = folder === 'server' ? chosen.find(({ name }) => name === module) : undefined;
    const served = plan === undefined ? [] : [features.server(plan, imports)];
    files.push(messagesFile(path, [...list, ...served], imports));
  }
  const rest = chosen.filter(({ name }) => !declarations.has(`server/${name}`));
  for (const plan of rest) {
    const path = `server/${plan.name}`;
    const imports = importsOf(path);
    files.push(messagesFile(path, [features.server(plan, imports)], imports));
  }
  if (chosen.length > 0) files.push(serverFile(chosen, options.runtime));
  if (chosen.length > 0 && options.only === undefined) {
    files.push(fullFile(chosen, options.runtime));
  }
  if (options.only === undefined && options.surface !== undefined) {
    const { surface, coverage = {} } = options;
    files.push(surfaceFile(surface, plans, table, tree.release, coverage));
  }
  return { files, plans: chosen, schema };

  function importsOf(path: string): Imports {
    const imports = new Imports(path, options.runtime);
    for (const name of schema.typeNames()) {
      const isHere = [index.typeFile(name), index.decoderFile(name), index.encoderFile(name)];
      if (!isHere.includes(path)) continue;
      for (const used of [
        name,
        ...(schema.type(name).message?.fields ?? []).map(({ type }) => type),
      ]) {
        if (!schema.hasType(used)) continue;
        imports.type(used, index);
        imports.decoder(used, index);
        imports.encoder(used, index);
      }
    }
    return imports;
  }

  function messagesFile(path: string, list: readonly Declaration[], imports: Imports): AnyFile {
    const protos = [...schema.typeNames()].filter((name) =>
      [index.typeFile(name), index.decoderFile(name), index.encoderFile(name)].includes(path),
    );
    return {
      template: 'messages',
      path: `${path}.ts`,
      header: header(protos.map((name) => schema.type(name).file.path)),
      imports: imports.list(),
      declarations: list,
    };
  }
}

/** The list of every RPC that is generated, from those of the features. */
function serverFile(plans: readonly FeaturePlan[], runtimeFolder: string): ServerFile {
  const path = 'server/methods';
  const imports = new Imports(path, runtimeFolder);
  const lists = plans.map(({ name }) => {
    const list = constantName(name, 'ServerMethods');
    imports.value(`server/${name}`, list);
    return list;
  });
  const protos = plans.flatMap(({ methods }) => methods.map(({ rpc }) => rpc.file.path));
  return {
    template: 'server',
    path: `${path}.ts`,
    header: header(protos),
    imports: imports.list(),
    lists,
  };
}

/** The client with every feature in one object. */
function fullFile(plans: readonly FeaturePlan[], runtimeFolder: string): FullFile {
  const imports = new Imports('full', runtimeFolder);
  const features = plans.map(({ name, row }) => {
    const factory = factoryName(name);
    const client = `${pascalName(name)}Client`;
    if (clientMembers.has(factory)) {
      throw new TableError(`feature "${name}": the client has a member of that name; rename it`);
    }
    imports.value(`features/${name}`, factory);
    imports.value(`features/${name}`, client, 'type ');
    return { doc: docComment(`The ${row.about} calls.`, 2), name: factory, factory, client };
  });
  const example = plans.flatMap(({ name, methods }) =>
    methods.flatMap((method) =>
      method.rpc.method.clientStreaming ||
      method.rpc.method.serverStreaming ||
      method.row.idempotency !== 'read' ||
      method.row.required
        ? []
        : [`${factoryName(name)}.${method.name}()`],
    ),
  );
  return {
    template: 'full',
    path: 'full.ts',
    header: header(plans.flatMap(({ methods }) => methods.map(({ rpc }) => rpc.file.path))),
    imports: imports.list(),
    features,
    example: example[0] ?? 'close()',
  };
}

/** Members of the client itself, which a feature's name would hide. */
const clientMembers: ReadonlySet<string> = new Set([
  'address',
  'certificate',
  'close',
  'constructor',
  'endpoints',
  'node',
  'nodes',
]);

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

function choose(plans: readonly FeaturePlan[], only: readonly string[] | undefined): FeaturePlan[] {
  for (const name of only ?? []) {
    if (plans.some((plan) => plan.name === name)) continue;
    throw new TableError(
      `no feature "${name}"; there are ${plans.map((plan) => plan.name).join(', ')}`,
    );
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

/** The first line of a file. It names the protos, unless they are many. */
function header(protos: readonly string[]): string {
  const unique = [...new Set(protos)].sort();
  const line = `// Generated by codegen from ${unique.join(', ')}. Do not edit.`;
  if (line.length <= 100) return line;
  return `// Generated by codegen from ${unique.length} .proto files. Do not edit.`;
}
