import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What one may import of a package: the root or a subpath. */
export interface EntryPoint {
  /** What one writes behind `from`. */
  readonly title: string;
  /** Its page, without `.md`: `index` for the root of the first package, else the subpath. */
  readonly page: string;
  /** The folder of the package. */
  readonly folder: string;
  /** Its module, from the folder of the package. */
  readonly source: string;
}

/** Where the ES module of a subpath is. */
interface Target {
  readonly import: { readonly default: string };
}

interface Package {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Target>>;
  /** Folders of packages that are developed here besides; `.` is the package itself. */
  readonly workspaces?: readonly string[];
}

/** The entry points of the package in the folder `root`, and then those of its workspaces. */
export function entryPointsOf(root: string): readonly EntryPoint[] {
  const folders = (packageIn(root).workspaces ?? []).filter((folder) => folder !== '.');
  return [
    ...entryPointsIn(root, ''),
    ...folders.flatMap((folder) => entryPointsIn(join(root, folder), basename(folder))),
  ];
}

function packageIn(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
}

/** @param pages the page of the root, and where those of the subpaths are; empty for the first package */
function entryPointsIn(folder: string, pages: string): EntryPoint[] {
  const { name, exports } = packageIn(folder);
  return Object.entries(exports).flatMap(([key, target]): EntryPoint[] => {
    if (typeof target === 'string') return [];
    const source = target.import.default.replace('./dist/', '').replace(/\.js$/, '.ts');
    if (key === '.') return [{ title: name, page: pages || 'index', folder, source }];
    return modulesOf(folder, key.slice(2), source).map(([subpath, module]) => ({
      title: `${name}/${subpath}`,
      page: join(pages, subpath),
      folder,
      source: module,
    }));
  });
}

/** The subpaths that a pattern stands for, each with its module. */
function modulesOf(folder: string, subpath: string, source: string): [string, string][] {
  if (!source.includes('*')) return [[subpath, source]];
  const [begin = '', end = ''] = source.split('*');
  return readdirSync(join(folder, dirname(`${begin}x`)))
    .sort()
    .map((name) => (end.startsWith('/') ? `${name}${end}` : name))
    .filter((file) => file.endsWith(end) && existsSync(join(folder, begin, file)))
    .map((file) => file.slice(0, -end.length))
    .map((each) => [subpath.replace('*', each), source.replace('*', each)]);
}
