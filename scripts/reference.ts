// Writes docs/reference/ from the docstrings of every public name, or with --check says which
// names have none and which pages are not up to date (exit code 1).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExportedDeclarations, Node, Project } from 'ts-morph';

const out = 'docs/reference';
const { exports: subpaths } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};

const project = new Project({
  tsConfigFilePath: 'tsconfig.json',
  skipAddingFilesFromTsConfig: true,
});

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
      .filter((member) => !/^\s*#|^\s*private\b/.test(member.getText()))
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

const pages = new Map<string, string>();
const missing: string[] = [];
const entries: [string, string][] = Object.entries(subpaths).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return [];
  const source = target.default.replace('./dist/', '').replace(/\.js$/, '.ts');
  // Resource specs are described by the page of the contract: one line a field.
  // The testkit is not complete yet and has no page before it is.
  return source.includes('*') || subpath === './testkit'
    ? []
    : [[subpath === '.' ? 'index' : subpath.slice(2), source]];
});

for (const [name, source] of entries) {
  const file = project.addSourceFileAtPath(source);
  const title = name === 'index' ? 'talos-client' : `talos-client/${name}`;
  const sections: string[] = [];
  const names = [...file.getExportedDeclarations()].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [exported, declarations] of names) {
    const declaration = declarations[0];
    if (declaration === undefined) continue;
    const doc = docOf(documented(declaration));
    if (doc === '')
      missing.push(`${title}: ${exported} (${declaration.getSourceFile().getFilePath()})`);
    const code = signature(declaration).replace(/^export /, '');
    sections.push(`## ${exported}\n\n${doc}\n\n\`\`\`ts\n${code}\n\`\`\`\n`);
  }
  pages.set(
    `${name}.md`,
    `<!-- Made from the docstrings by npm run docs. Do not edit. -->\n\n# ${title}\n\n${sections.join('\n')}`,
  );
}

const check = process.argv.includes('--check');
const known = existsSync(out) ? readdirSync(out) : [];
const stale = [
  ...known.filter((page) => !pages.has(page)),
  ...[...pages]
    .filter(
      ([page, text]) => !known.includes(page) || readFileSync(join(out, page), 'utf8') !== text,
    )
    .map(([page]) => page),
];

for (const name of missing) console.error(`no docstring: ${name}`);
if (check) {
  for (const page of stale) console.error(`${out}/${page} is not up to date: run npm run docs`);
} else {
  mkdirSync(out, { recursive: true });
  for (const page of known) if (!pages.has(page)) rmSync(join(out, page));
  for (const [page, text] of pages) writeFileSync(join(out, page), text);
  console.log(`${pages.size} pages in ${out}`);
}
if (missing.length > 0 || (check && stale.length > 0)) process.exitCode = 1;
