import { Project, type SourceFile, ts } from 'ts-morph';
import { breakLines } from './layout.js';

/** A generated file as text. */
export interface Output {
  /** Path below the output folder. */
  readonly path: string;
  readonly text: string;
}

/** Text that came out of the templates and is no TypeScript: a fault of generator or templates. */
export class PolishError extends Error {
  override readonly name = 'PolishError';
}

/**
 * Takes unused names out of the imports, sorts them and breaks long lines. Throws `PolishError`
 * for text that does not parse.
 */
export function polish(outputs: readonly Output[]): Output[] {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipFileDependencyResolution: true,
    skipLoadingLibFiles: true,
    skipAddingFilesFromTsConfig: true,
  });
  return outputs.map(({ path, text }) => {
    if (!path.endsWith('.ts')) return { path, text };
    const file = project.createSourceFile(path, text);
    refuseErrors(file);
    return { path, text: breakLines(withTidyImports(file)) };
  });
}

function refuseErrors(file: SourceFile): void {
  const { parseDiagnostics = [] } = file.compilerNode as ts.SourceFile & {
    readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[];
  };
  const [first] = parseDiagnostics;
  if (first === undefined) return;
  const { line } = file.getLineAndColumnAtPos(first.start);
  const message = ts.flattenDiagnosticMessageText(first.messageText, ' ');
  throw new PolishError(
    `${file.getBaseName()}:${line}: ${message}: ${file.getFullText().split('\n')[line - 1]}`,
  );
}

/** The text of a file with its block of imports rewritten. */
function withTidyImports(file: SourceFile): string {
  const root = file.compilerNode;
  const text = file.getFullText();
  const used = new Set<string>();
  const statements: ts.Statement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const statement of root.statements) {
    if (ts.isImportDeclaration(statement) || isReexport(statement)) statements.push(statement);
    else visit(statement);
  }
  const first = statements[0];
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return text;
  const imports: string[] = [];
  const exports: string[] = [];
  for (const [from, names] of gather(statements.filter(ts.isImportDeclaration))) {
    const kept = names.filter((name) => used.has(local(name)));
    if (kept.length > 0) imports.push(print('import', kept, from));
  }
  for (const [from, names] of gather(statements.filter(isReexport))) {
    exports.push(print('export', names, from));
  }
  const block = [imports, exports].filter((lines) => lines.length > 0);
  const printed = block.map((lines) => lines.join('\n')).join('\n\n');
  return text.slice(0, first.getStart(root)) + printed + text.slice(last.end);
}

function isReexport(node: ts.Node): node is ts.ExportDeclaration {
  return ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined;
}

/** Module path → names of each, all in order. */
function gather(
  statements: readonly (ts.ImportDeclaration | ts.ExportDeclaration)[],
): [from: string, names: string[]][] {
  const modules = new Map<string, string[]>();
  for (const statement of statements) {
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const clause = ts.isImportDeclaration(statement)
      ? statement.importClause?.namedBindings
      : statement.exportClause;
    const names = modules.get(from) ?? [];
    modules.set(from, names);
    if (clause === undefined || (!ts.isNamedImports(clause) && !ts.isNamedExports(clause)))
      continue;
    for (const element of clause.elements) {
      const original = element.propertyName === undefined ? '' : `${element.propertyName.text} as `;
      names.push(`${element.isTypeOnly ? 'type ' : ''}${original}${element.name.text}`);
    }
  }
  return [...modules]
    .sort(([a], [b]) => compareModules(a, b))
    .map(([from, names]) => [from, [...new Set(names)].sort(compareNames)]);
}

function print(keyword: 'import' | 'export', names: readonly string[], from: string): string {
  const allTypes = names.every((name) => name.startsWith('type '));
  const list = allTypes ? names.map(bare) : names;
  return `${keyword}${allTypes ? ' type' : ''} { ${list.join(', ')} } from '${from}';`;
}

function bare(name: string): string {
  return name.replace(/^type /, '');
}

/** The name that the file itself uses. */
function local(name: string): string {
  return name.replace(/^.* as /, '').replace(/^type /, '');
}

/** Packages first, then the modules furthest away. */
function compareModules(a: string, b: string): number {
  return depth(b) - depth(a) || naturally(a.replace(/\.js$/, ''), b.replace(/\.js$/, ''));
}

function depth(module: string): number {
  if (!module.startsWith('.')) return Number.POSITIVE_INFINITY;
  return module.split('../').length;
}

function compareNames(a: string, b: string): number {
  return naturally(local(a), local(b));
}

/** Letter by letter, where a capital comes before its small letter, and numbers by value. */
function naturally(a: string, b: string): number {
  const left = a.match(/\d+|\D/g) ?? [];
  const right = b.match(/\d+|\D/g) ?? [];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const x = left[index] as string;
    const y = right[index] as string;
    if (x === y) continue;
    const numbers = Number(x) - Number(y);
    if (!Number.isNaN(numbers) && numbers !== 0) return numbers;
    const [small, other] = [x.toLowerCase(), y.toLowerCase()];
    if (small !== other) return small < other ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
