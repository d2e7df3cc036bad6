import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type ExportedDeclarations, Node, Project } from 'ts-morph';
import { pagesOf, type ReferenceEntry } from './reference-layout.js';

/** What the docstrings of a package give. */
export interface Reference {
  /** File name → text, a page for each subpath. */
  readonly pages: ReadonlyMap<string, string>;
  /** Public names without a docstring: subpath, name and file. */
  readonly missing: readonly string[];
}

interface Entry {
  /** `index` for the root, else the subpath. */
  readonly name: string;
  readonly source: string;
  readonly hasPage: boolean;
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

/**
 * Reads the docstrings of every name that the package in the folder `root` exports, and those of its
 * workspaces. The root of a workspace has a page with the name of its folder.
 */
export function readReference(root: string): Reference {
  const project = new Project({
    tsConfigFilePath: join(root, 'tsconfig.json'),
    skipAddingFilesFromTsConfig: true,
  });
  const folders = (packageIn(root).workspaces ?? []).filter((folder) => folder !== '.');
  const all = [
    referenceOf(project, root, 'index'),
    ...folders.map((folder) => referenceOf(project, join(root, folder), folder)),
  ];
  return {
    pages: new Map(all.flatMap(({ pages }) => [...pages])),
    missing: all.flatMap(({ missing }) => missing),
  };
}

function packageIn(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
}

/** The pages of one package; `rootPage` names the one of its root. */
function referenceOf(project: Project, folder: string, rootPage: string): Reference {
  const { name: packageName, exports: subpaths } = packageIn(folder);
  const pages = new Map<string, string>();
  const missing: string[] = [];
  const inRoot = new Set<Node>();
  for (const { name, source, hasPage } of entriesOf(folder, subpaths)) {
    const title = name === 'index' ? packageName : `${packageName}/${name}`;
    const file = project.addSourceFileAtPath(join(folder, source));
    const entries: ReferenceEntry[] = [];
    const names = [...file.getExportedDeclarations()].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [exported, [declaration]] of names) {
      if (declaration === undefined) continue;
      const doc = docOf(documented(declaration));
      if (doc === '') {
        const path = declaration.getSourceFile().getFilePath();
        missing.push(`${title}: ${exported} (${path})`);
      }
      // Documents of machine configurations have hundreds of types: docs/machine-config-kinds.md
      // lists the kinds, and editors show the rest.
      if (declaration.getSourceFile().getFilePath().includes('/generated/machine-config/'))
        continue;
      if (name === 'index') inRoot.add(declaration);
      // Entry points of the same package give many names of the root: its pages describe them.
      else if (name === 'http2' && inRoot.has(declaration)) continue;
      const code = signature(declaration).replace(/^export /, '');
      const path = relative(folder, declaration.getSourceFile().getFilePath());
      entries.push({ name: exported, doc, code, path });
    }
    if (!hasPage) continue;
    // All pages are in one folder, which links to them count on.
    const page = name === 'index' ? rootPage : name.replaceAll('/', '-');
    for (const [file, text] of pagesOf(page, title, entries)) pages.set(file, text);
  }
  return { pages, missing };
}

function entriesOf(root: string, subpaths: Readonly<Record<string, string | Target>>): Entry[] {
  return Object.entries(subpaths).flatMap(([subpath, target]): Entry[] => {
    if (typeof target === 'string') return [];
    const source = target.import.default.replace('./dist/', '').replace(/\.js$/, '.ts');
    const name = subpath === '.' ? 'index' : subpath.slice(2);
    if (!source.includes('*')) return [{ name, source, hasPage: true }];
    // Resource specs are described by the contract, one line a field; operations are on one page.
    const [folder = '', end = ''] = source.split('*');
    return readdirSync(join(root, folder))
      .map((name) => (end.startsWith('/') ? `${name}${end}` : name))
      .filter((file) => file.endsWith(end) && existsSync(join(root, folder, file)))
      .map((file) => file.slice(0, -end.length))
      .map((each) => ({
        name: name.replace('*', each),
        source: source.replace('*', each),
        hasPage: false,
      }));
  });
}

/** The node that carries the docstring: of a variable, its statement. */
function documented(node: ExportedDeclarations): Node {
  return Node.isVariableDeclaration(node) ? (node.getVariableStatement() ?? node) : node;
}

function docOf(node: Node): string {
  if (!Node.isJSDocable(node)) return '';
  return node
    .getJsDocs()
    .map((doc) => doc.getInnerText())
    .join('\n\n')
    .trim();
}

/** The declaration without what it does. */
function signature(node: ExportedDeclarations): string {
  if (Node.isFunctionDeclaration(node)) {
    const overloads = node.getOverloads();
    return (overloads.length > 0 ? overloads : [node]).map(withoutBody).join('\n');
  }
  if (Node.isClassDeclaration(node)) {
    const members = node
      .getMembers()
      .filter((member) => !isPrivate(member) && !isInternal(member))
      .flatMap(declarations)
      .map((member) => `${doclines(member)}  ${withoutBody(member)}`);
    const head = node.getText().slice(0, node.getText().indexOf('{'));
    return `${head}{\n${members.join('\n')}\n}`;
  }
  if (Node.isVariableDeclaration(node)) {
    const type = node.getTypeNode()?.getText();
    return type === undefined ? `const ${node.getName()}` : `const ${node.getName()}: ${type}`;
  }
  return node.getText();
}

/** The overloads of a method in place of what carries them out. */
function declarations(member: Node): readonly Node[] {
  const overloads = Node.isMethodDeclaration(member) ? member.getOverloads() : [];
  return overloads.length > 0 ? overloads : [member];
}

function isPrivate(member: Node): boolean {
  return /^\s*(?:(?:static|readonly|get|set|async) )*(?:#|private\b)/.test(member.getText());
}

/** Whether a docstring says that it is for the package itself alone. */
function isInternal(node: Node): boolean {
  return (
    Node.isJSDocable(node) && node.getJsDocs().some((doc) => /@internal\b/.test(doc.getText()))
  );
}

function doclines(node: Node): string {
  if (!Node.isJSDocable(node)) return '';
  return node
    .getJsDocs()
    .map((doc) => `  ${doc.getText()}\n`)
    .join('');
}

function withoutBody(node: Node): string {
  const text = node.getText();
  const body = Node.isBodyable(node) || Node.isBodied(node) ? node.getBody() : undefined;
  const head = body === undefined ? text : text.slice(0, body.getStart() - node.getStart());
  return head
    .replace(/^export /, '')
    .replace(/ = [^=>]*;$/, ';')
    .trim();
}
