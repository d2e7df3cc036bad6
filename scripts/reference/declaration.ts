import { type ExportedDeclarations, Node } from 'ts-morph';
import { type Docstring, docstringOf, isInternal } from './docstring.js';

/** A declaration as a page shows it. */
export interface Shown {
  readonly doc: Docstring;
  /** Without what it does, and without the methods in `methods`. */
  readonly code: string;
  /** The methods of a class that have a docstring. */
  readonly methods: readonly Method[];
}

export interface Method {
  readonly name: string;
  readonly doc: Docstring;
  readonly code: string;
}

/** What a page shows of a name that stands for one or more declarations, such as a type and a value. */
export function show(declarations: readonly ExportedDeclarations[]): Shown {
  const [first] = declarations;
  if (first === undefined) throw new Error('a name without a declaration');
  const docs = declarations.map((each) => docstringOf(documented(each)));
  const code = declarations.map((each) => signature(each).replace(/^export /, ''));
  return {
    doc: docs.find(({ text }) => text !== '') ?? { text: '', tags: [] },
    code: code.join('\n\n'),
    methods: Node.isClassDeclaration(first) ? methodsOf(first) : [],
  };
}

/** The node that carries the docstring: of a variable, its statement. */
function documented(node: ExportedDeclarations): Node {
  return Node.isVariableDeclaration(node) ? (node.getVariableStatement() ?? node) : node;
}

/** The declaration without what it does. */
function signature(node: ExportedDeclarations): string {
  if (Node.isFunctionDeclaration(node)) {
    const overloads = node.getOverloads();
    return (overloads.length > 0 ? overloads : [node]).map(withoutBody).join('\n');
  }
  if (Node.isClassDeclaration(node)) {
    const members = membersOf(node)
      .filter((member) => !isShownAlone(member))
      .map((member) => `${comments(member)}  ${withoutBody(member)}`);
    const head = node.getText().slice(0, node.getText().indexOf('{'));
    return members.length === 0 ? `${head}{}` : `${head}{\n${members.join('\n')}\n}`;
  }
  if (Node.isVariableDeclaration(node)) {
    const type = node.getTypeNode()?.getText();
    return type === undefined ? `const ${node.getName()}` : `const ${node.getName()}: ${type}`;
  }
  return node.getText();
}

type Class = ExportedDeclarations & { getMembers(): Node[] };

/** What users of a class see of it; overloads in place of what carries them out. */
function membersOf(node: Class): readonly Node[] {
  return node
    .getMembers()
    .filter((member) => !isPrivate(member) && !isInternal(member))
    .flatMap((member) => {
      const overloads = Node.isMethodDeclaration(member) ? member.getOverloads() : [];
      return overloads.length > 0 ? overloads : [member];
    });
}

function methodsOf(node: Class): readonly Method[] {
  const methods = new Map<string, Method>();
  const alone = membersOf(node).filter((member) => isShownAlone(member));
  for (const member of alone) {
    const name = (member as Node & { getName(): string }).getName();
    const known = methods.get(name);
    const code = outdented(withoutBody(member));
    if (known === undefined) methods.set(name, { name, doc: docstringOf(member), code });
    else methods.set(name, { ...known, code: `${known.code}\n${code}` });
  }
  return [...methods.values()];
}

/** Whether a member has a heading of its own: methods that are documented, with all their overloads. */
function isShownAlone(member: Node): boolean {
  if (!Node.isMethodDeclaration(member) || member.getName().startsWith('[')) return false;
  const body = member.getImplementation() ?? member;
  return [body, ...body.getOverloads()].some((each) => docstringOf(each).text !== '');
}

function isPrivate(member: Node): boolean {
  return /^\s*(?:(?:static|readonly|get|set|async) )*(?:#|private\b)/.test(member.getText());
}

function comments(node: Node): string {
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

/** A member as it would stand outside of its class. */
function outdented(code: string): string {
  return code.replace(/^ {2}/gm, '');
}
