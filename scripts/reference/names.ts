import { join, relative } from 'node:path';
import { type ExportedDeclarations, Node, type Project } from 'ts-morph';
import { type Shown, show } from './declaration.js';
import type { EntryPoint } from './entry-points.js';
import { homeOf } from './homes.js';

/** A public name, which stands on one page however many entry points export it. */
export interface PublicName extends Shown {
  readonly name: string;
  /** The source, from the folder of its package. */
  readonly path: string;
  readonly home: EntryPoint;
  /** The names that its code shows, as it has them, and what they stand for. */
  readonly uses: ReadonlyMap<string, ExportedDeclarations>;
}

/** What the entry points of packages export. */
export interface PublicNames {
  /** By each of the declarations that a name stands for. */
  readonly byDeclaration: ReadonlyMap<unknown, PublicName>;
  /** What each entry point exports, what programs call first. */
  readonly ofEntryPoint: ReadonlyMap<EntryPoint, readonly PublicName[]>;
  /** Names without a docstring: subpath, name and file. */
  readonly missing: readonly string[];
}

interface Found {
  readonly name: string;
  readonly declarations: readonly ExportedDeclarations[];
  readonly exportedBy: EntryPoint[];
}

/** Reads what `entryPoints` export. */
export function readNames(project: Project, entryPoints: readonly EntryPoint[]): PublicNames {
  const found = new Map<unknown, Found>();
  const exported = new Map<EntryPoint, Found[]>();
  // All modules first: each one that is added makes the compiler begin anew.
  const modules = entryPoints.map(
    (each) => [each, project.addSourceFileAtPath(join(each.folder, each.source))] as const,
  );
  for (const [entryPoint, file] of modules) {
    const declared = [...file.getExportedDeclarations()].sort(
      ([a, [one]], [b, [other]]) => Number(isType(one)) - Number(isType(other)) || (a < b ? -1 : 1),
    );
    const own: Found[] = [];
    for (const [name, all] of declared) {
      const declarations = oneOfEachKind(all);
      const [first] = declarations;
      if (first === undefined) continue;
      const known = found.get(first) ?? { name, declarations, exportedBy: [] };
      for (const declaration of all) found.set(declaration, known);
      known.exportedBy.push(entryPoint);
      own.push(known);
    }
    exported.set(entryPoint, own);
  }
  const names = new Map([...new Set(found.values())].map((each) => [each, publicName(each)]));
  const nameOf = (each: Found) => names.get(each) as PublicName;
  const missing = [...names.values()].filter(({ doc }) => doc.text === '');
  return {
    byDeclaration: new Map([...found].map(([declaration, each]) => [declaration, nameOf(each)])),
    ofEntryPoint: new Map([...exported].map(([entryPoint, own]) => [entryPoint, own.map(nameOf)])),
    missing: missing.map(
      ({ home, name, path }) => `${home.title}: ${name} (${join(home.folder, path)})`,
    ),
  };
}

/** Types come after what programs call. */
function isType(declaration: ExportedDeclarations | undefined): boolean {
  return Node.isInterfaceDeclaration(declaration) || Node.isTypeAliasDeclaration(declaration);
}

/** One function in place of its overloads; a type and a value of the same name are two. */
function oneOfEachKind(all: readonly ExportedDeclarations[]): readonly ExportedDeclarations[] {
  const kinds = all.map((each) => each.getKind());
  return all.filter((_, index) => kinds.indexOf(kinds[index] as (typeof kinds)[number]) === index);
}

function publicName({ name, declarations, exportedBy }: Found): PublicName {
  const [first] = declarations as [ExportedDeclarations];
  const file = first.getSourceFile().getFilePath();
  const home = homeOf(file, exportedBy);
  const shown = show(declarations);
  const code = [shown.code, ...shown.methods.map((method) => method.code)].join('\n');
  return { ...shown, name, path: relative(home.folder, file), home, uses: usesOf(first, code) };
}

/** What the capitalised words of code stand for in the file of a declaration. */
function usesOf(
  declaration: ExportedDeclarations,
  code: string,
): Map<string, ExportedDeclarations> {
  const words = code
    .replace(/\/\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'/gs, '')
    .match(/\b[A-Z]\w*|(?<=typeof )\w+/g);
  const uses = new Map<string, ExportedDeclarations>();
  for (const word of new Set(words)) {
    const symbol = declaration.getSourceFile().getLocal(word);
    const [used] = (symbol?.getAliasedSymbol() ?? symbol)?.getDeclarations() ?? [];
    if (used !== undefined && used !== declaration) uses.set(word, used as ExportedDeclarations);
  }
  return uses;
}
