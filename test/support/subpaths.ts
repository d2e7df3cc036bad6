import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What `exports` of package.json holds for a subpath. */
type ExportTarget = string | Files;

interface Files {
  readonly types: string;
  readonly default: string;
}

/**
 * The subpaths of the package: `./etcd` → its files as an ES module, or as CommonJS, or one file that
 * is no module.
 */
export function exportsOf(
  system: 'import' | 'require' = 'import',
): Readonly<Record<string, ExportTarget>> {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | Record<typeof system, Files>>;
  };
  return Object.fromEntries(
    Object.entries(exports).map(([subpath, target]) => [
      subpath,
      typeof target === 'string' ? target : target[system],
    ]),
  );
}

/** The source that a file of the built package comes from. */
export function sourceOf(file: string): string {
  return file.replace('./dist/', '').replace(/\.js$/, '.ts');
}

/**
 * What can be imported from the package → the source of the module: `etcd`, `index` for the root,
 * and each module that a pattern stands for.
 */
export function sourcesOf(): ReadonlyMap<string, string> {
  const all = Object.entries(exportsOf()).flatMap(([subpath, target]): [string, string][] => {
    if (typeof target === 'string') return [];
    const source = sourceOf(target.default);
    const name = subpath === '.' ? 'index' : subpath.slice(2);
    if (!source.includes('*')) return existsSync(source) ? [[name, source]] : [];
    const [folder = '', end = ''] = source.split('*');
    return readdirSync(folder)
      .map((name) => (end.startsWith('/') ? `${name}${end}` : name))
      .filter((file) => file.endsWith(end) && existsSync(`${folder}${file}`))
      .map((file) => file.slice(0, -end.length))
      .map((each) => [name.replace('*', each), source.replace('*', each)]);
  });
  return new Map(all);
}
