import type { FileModel } from './model.js';

// What printed code uses of other modules stands in it between marks, which no proto can hold:
// control characters of comments and literals are replaced. `link` puts names there, and imports.
const start = '\u0001';
const middle = '\u0002';
const end = '\u0003';
const marks = new RegExp(`${start}[^${end}]*${end}`, 'g');
const typePrefix = 'type ';

/** Modules of the runtime, to tell them from those of the output. */
const runtime = 'runtime/';

/** Modules of the library beside the runtime. */
const library = 'library/';

/** A value that another module exports, as printed code uses it. */
export function use(module: string, name: string): string {
  return `${start}${module}${middle}${name}${end}`;
}

/** A type that another module exports. */
export function useType(module: string, name: string): string {
  return `${start}${typePrefix}${module}${middle}${name}${end}`;
}

/** The module of the runtime: `protobuf/reader`. */
export function runtimeModule(module: string): string {
  return runtime + module;
}

/** A module of the library: `cosi/kind`. */
export function libraryModule(module: string): string {
  return library + module;
}

/** The text with the names that it uses as they are, whatever they may clash with. */
export function plainNames(text: string): string {
  return text.replace(marks, (mark) => useOf(mark).name);
}

/** What linking needs to know of a file. */
export type LinkedFile = Pick<FileModel, 'path' | 'header' | 'declares'>;

/**
 * The text of a file: its first line, imports of exactly what `body` uses, and the body. What the
 * file cannot import under its own name, because it declares or imports another of that name, gets
 * a `_`; messages keep their names before the runtime does.
 */
export function link(file: LinkedFile, body: string, places: Places): string {
  const own = file.path.replace(/\.ts$/, '');
  const uses = new Map<string, Use>();
  const plain = body.replace(marks, (mark) => {
    let used = uses.get(mark);
    if (used === undefined) {
      used = useOf(mark);
      uses.set(mark, used);
    }
    return used.name;
  });
  const others = merged([...uses.values()].filter(({ module }) => module !== own));
  const locals = localNames(others, file.declares);
  const imports = new Map<string, string[]>();
  for (const { module, name, isType } of others) {
    const from = locate(own, module, places);
    const local = locals.get(keyOf({ module, name })) ?? name;
    const renamed = local === name ? name : `${name} as ${local}`;
    const names = imports.get(from);
    const printed = isType ? `type ${renamed}` : renamed;
    if (names === undefined) imports.set(from, [printed]);
    else names.push(printed);
  }
  const lines = [...imports].map(([from, names]) => importLine(from, names));
  const isRenamed = (used: Use) => (locals.get(keyOf(used)) ?? used.name) !== used.name;
  const linked = others.some(isRenamed)
    ? body.replace(marks, (mark) => {
        const used = uses.get(mark) as Use;
        return locals.get(keyOf(used)) ?? used.name;
      })
    : plain;
  return [file.header, lines.join('\n'), linked].filter((part) => part !== '').join('\n\n');
}

/** Where files find what is not beside them. */
export interface Places {
  /** The module path of the runtime's folder: a package path, or one relative to the output folder. */
  readonly runtime: string;
  /** The package of the client, for servers that are a package of their own. Default: both are one. */
  readonly client?: string | undefined;
}

function locate(own: string, module: string, { runtime: folder, client }: Places): string {
  const isApart = client !== undefined && own.startsWith('server/');
  if (module.startsWith(runtime)) {
    return isApart ? `${client}/wire` : moduleInRuntime(own, folder, module.slice(runtime.length));
  }
  if (module.startsWith(library)) {
    const above = folder.slice(0, folder.lastIndexOf('/'));
    return moduleInRuntime(own, above, module.slice(library.length));
  }
  if (isApart && module.startsWith('features/')) {
    return `${client}/${module.slice('features/'.length)}`;
  }
  return relativeModule(own, module);
}

interface Use {
  readonly module: string;
  readonly name: string;
  readonly isType: boolean;
}

function keyOf({ module, name }: Pick<Use, 'module' | 'name'>): string {
  return module + middle + name;
}

function useOf(mark: string): Use {
  const between = mark.indexOf(middle);
  const module = mark.slice(start.length, between);
  const isType = module.startsWith(typePrefix);
  return {
    module: isType ? module.slice(typePrefix.length) : module,
    name: mark.slice(between + middle.length, -end.length),
    isType,
  };
}

/** Each name once, messages first; what is used as a value too is no type. */
function merged(uses: readonly Use[]): Use[] {
  const byKey = new Map<string, Use>();
  for (const used of uses) {
    const other = byKey.get(keyOf(used));
    if (other === undefined || other.isType) byKey.set(keyOf(used), used);
  }
  const rank = ({ module }: Use) => Number(module.startsWith(runtime));
  return [...byKey.values()].sort((a, b) => rank(a) - rank(b));
}

/** What the file calls the names of other modules. */
function localNames(uses: readonly Use[], declared: readonly string[]): Map<string, string> {
  const taken = new Set(declared);
  return new Map(
    uses.map((used) => {
      let local = used.name;
      while (taken.has(local)) local += '_';
      taken.add(local);
      return [keyOf(used), local];
    }),
  );
}

function importLine(from: string, names: readonly string[]): string {
  const allTypes = names.every((name) => name.startsWith('type '));
  const list = allTypes ? names.map((name) => name.replace(/^type /, '')) : names;
  return `import ${allTypes ? 'type ' : ''}{ ${list.join(', ')} } from '${from}';`;
}

/** `messages/etcd` as `features/etcd` imports it: `../messages/etcd.js`. */
export function relativeModule(from: string, to: string): string {
  const up = from.split('/').slice(0, -1);
  const down = to.split('/');
  while (up.length > 0 && down.length > 1 && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  const steps = up.length === 0 ? './' : '../'.repeat(up.length);
  return `${steps}${down.join('/')}.js`;
}

/** `folder` is a package path, or a path relative to the output folder. */
function moduleInRuntime(from: string, folder: string, module: string): string {
  if (!folder.startsWith('.')) return `${folder}/${module}.js`;
  const depth = from.split('/').length - 1;
  const path = `${'../'.repeat(depth)}${folder.replace(/^\.\//, '')}/${module}.js`;
  return path.startsWith('.') ? path : `./${path}`;
}
