import { createRequire } from 'node:module';
import type { ts as TypeScript } from 'ts-morph';
import { breakLines } from './layout.js';

// Required rather than imported: Node would scan all of the compiler's text for its exports first.
const { ts }: { readonly ts: typeof TypeScript } = createRequire(import.meta.url)('ts-morph');

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
  return outputs.map(({ path, text }) =>
    path.endsWith('.ts')
      ? { path, text: breakLines(withTidyImports(parse(path, text))) }
      : { path, text },
  );
}

/** Parses with ts-morph's compiler alone: its own nodes would cost as much time again. */
function parse(path: string, text: string): TypeScript.SourceFile {
  const options = {
    languageVersion: ts.ScriptTarget.ES2022,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  };
  const file: ParsedFile = ts.createSourceFile(path, text, options);
  const [first] = file.parseDiagnostics ?? [];
  if (first === undefined) return file;
  const { line } = file.getLineAndCharacterOfPosition(first.start);
  const message = ts.flattenDiagnosticMessageText(first.messageText, ' ');
  throw new PolishError(`${path}:${line + 1}: ${message}: ${text.split('\n')[line]}`);
}

/** The parser leaves its findings here, which its types keep to themselves. */
interface ParsedFile extends TypeScript.SourceFile {
  readonly parseDiagnostics?: readonly TypeScript.DiagnosticWithLocation[];
}

/** The text of a file with its block of imports rewritten. */
function withTidyImports(file: TypeScript.SourceFile): string {
  const { text } = file;
  const statements = file.statements.filter(
    (statement) => ts.isImportDeclaration(statement) || isReexport(statement),
  );
  const first = statements[0];
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return text;
  const unused = unusedNames(file, statements.filter(ts.isImportDeclaration));
  const isUsed = (name: string) => !unused.has(local(name));
  const imports = gather(statements.filter(ts.isImportDeclaration), isUsed).map(([from, names]) =>
    print('import', names, from),
  );
  const exports = gather(statements.filter(isReexport), () => true).map(([from, names]) =>
    print('export', names, from),
  );
  const blocks = [imports, exports].filter((lines) => lines.length > 0);
  const printed = blocks.map((lines) => lines.join('\n')).join('\n\n');
  return text.slice(0, first.getStart(file)) + printed + text.slice(last.end);
}

/** The imported names that the rest of the file does not use. */
function unusedNames(
  file: TypeScript.SourceFile,
  imports: readonly TypeScript.ImportDeclaration[],
): Set<string> {
  const unused = new Set(imports.flatMap(namedElements).map(({ name }) => name.text));
  // True ends the search: most files use the last of their imports long before their end.
  const visit = (node: TypeScript.Node): boolean | undefined => {
    if (!ts.isIdentifier(node)) {
      const name = namesMember(node) ? node.name : undefined;
      return ts.forEachChild(node, (child) => (child === name ? undefined : visit(child)));
    }
    unused.delete(node.text);
    return unused.size === 0 ? true : undefined;
  };
  for (const statement of file.statements) {
    if (unused.size === 0) break;
    if (!ts.isImportDeclaration(statement) && !isReexport(statement)) visit(statement);
  }
  return unused;
}

/** The names between the braces of an import or export. */
function namedElements(
  statement: TypeScript.ImportDeclaration | TypeScript.ExportDeclaration,
): readonly (TypeScript.ImportSpecifier | TypeScript.ExportSpecifier)[] {
  const clause = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : statement.exportClause;
  const isNamed = clause !== undefined && (ts.isNamedImports(clause) || ts.isNamedExports(clause));
  return isNamed ? [...clause.elements] : [];
}

/** Whether the node's name is that of a member, which refers to no import. */
function namesMember(
  node: TypeScript.Node,
): node is TypeScript.Node & { readonly name: TypeScript.Node } {
  return (
    ts.isPropertyAccessExpression(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isPropertySignature(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node)
  );
}

function isReexport(node: TypeScript.Node): node is TypeScript.ExportDeclaration {
  return ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined;
}

/** Module path → names of each, all in order. */
function gather(
  statements: readonly (TypeScript.ImportDeclaration | TypeScript.ExportDeclaration)[],
  isKept: (name: string) => boolean,
): [from: string, names: string[]][] {
  const modules = new Map<string, string[]>();
  for (const statement of statements) {
    const from = (statement.moduleSpecifier as TypeScript.StringLiteral).text;
    const names = modules.get(from) ?? [];
    modules.set(from, names);
    for (const element of namedElements(statement)) {
      const original = element.propertyName === undefined ? '' : `${element.propertyName.text} as `;
      names.push(`${element.isTypeOnly ? 'type ' : ''}${original}${element.name.text}`);
    }
  }
  return [...modules]
    .sort(([a], [b]) => compareModules(a, b))
    .map(([from, names]): [string, string[]] => [from, [...new Set(names.filter(isKept))]])
    .filter(([, names]) => names.length > 0)
    .map(([from, names]) => [from, names.sort(compareNames)]);
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
