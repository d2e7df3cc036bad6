import { commentLines } from './comment-text.js';
import type { Comments } from './comments.js';
import type {
  Annotated,
  Contract,
  EnumFacts,
  ExtensionFacts,
  FieldFacts,
  FileFacts,
  MethodFacts,
  Options,
  OptionValue,
  Reserved,
  ServiceFacts,
} from './contract.js';
import { scalarTypes, simpleName } from './contract.js';
import { Scope } from './scope.js';
import { type MessageNode, messageTree } from './tree.js';

const header =
  '// Part of the Talos Linux API. Names and numbers as Talos publishes them, comments by us.';

/**
 * One printed element. A tall one keeps a blank line on either side; those of the head (options
 * and reservations) stand together.
 */
interface Piece {
  readonly lines: readonly string[];
  readonly tall: boolean;
  readonly head: boolean;
}

/** Prints a contract as .proto files: path → text. The same input gives the same bytes. */
export function renderContract(contract: Contract, comments: Comments): Map<string, string> {
  const scope = new Scope(contract.files);
  return new Map(
    contract.files.map((file) => [file.path, new FilePrinter(file, comments, scope).print()]),
  );
}

class FilePrinter {
  readonly #file: FileFacts;
  readonly #comments: Comments;
  readonly #scope: Scope;

  constructor(file: FileFacts, comments: Comments, scope: Scope) {
    this.#file = file;
    this.#comments = comments;
    this.#scope = scope;
  }

  print(): string {
    const file = this.#file;
    const tree = messageTree(file);
    const sections = [
      [header],
      ['syntax = "proto3";'],
      file.package === '' ? [] : [`package ${file.package};`],
      file.imports.map((path) => {
        const passedOn = file.publicImports?.includes(path) === true;
        return `import ${passedOn ? 'public ' : ''}${quote(path)};`;
      }),
      ...extensionGroups(file.extensions ?? []).map((group) => this.#extend(group)),
      ...file.services.map((service) => this.#service(service)),
      ...tree.messages.map((message) => this.#message(message, '')),
      ...tree.enums.map((facts) => this.#enum(facts, '')),
    ];
    const shown = sections.filter((lines) => lines.length > 0);
    return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`;
  }

  #extend(group: readonly ExtensionFacts[]): string[] {
    const name = this.#scope.spell(group[0]?.extends ?? '', this.#file.package);
    const body = group.map((extension) => {
      const type = this.#type(extension.type, this.#file.package);
      const rule = extension.label === undefined ? '' : `${extension.label} `;
      const line = `  ${rule}${type} ${simpleName(extension.name)} = ${extension.number};`;
      return this.#piece(extension.name, '  ', [line]);
    });
    return block('', `extend ${name}`, body);
  }

  #service(service: ServiceFacts): string[] {
    const body = [
      ...this.#optionPieces(service, '  '),
      ...service.methods.map((method) => this.#method(method, service.name)),
    ];
    return [...this.#comment(service.name, ''), ...block('', `service ${last(service)}`, body)];
  }

  #method(method: MethodFacts, service: string): Piece {
    const side = (type: string, streaming: boolean) =>
      `(${streaming ? 'stream ' : ''}${this.#type(type, service)})`;
    const input = side(method.input, method.clientStreaming);
    const output = side(method.output, method.serverStreaming);
    const signature = `rpc ${method.name}${input} returns ${output}`;
    const options = this.#optionPieces(method, '    ');
    const lines = options.length === 0 ? [`  ${signature};`] : block('  ', signature, options);
    return this.#piece(`${service}.${method.name}`, '  ', lines);
  }

  #message(node: MessageNode, indent: string): string[] {
    const { facts } = node;
    const inner = `${indent}  `;
    const body: Piece[] = [
      ...this.#optionPieces(facts, inner),
      ...reservedPieces(facts.reserved, inner),
      ...node.enums.map((nested) => tall(this.#enum(nested, inner))),
      ...node.messages.map((nested) => tall(this.#message(nested, inner))),
      ...oneofGroups(facts.fields).map(({ oneof, fields }) =>
        oneof === undefined
          ? this.#field(fields[0] as FieldFacts, facts.name, inner)
          : this.#oneof(oneof, fields, facts.name, inner),
      ),
    ];
    return [...this.#comment(facts.name, indent), ...block(indent, `message ${last(facts)}`, body)];
  }

  #oneof(oneof: string, fields: readonly FieldFacts[], message: string, indent: string): Piece {
    const body = fields.map((field) => this.#field(field, message, `${indent}  `));
    return tall([
      ...this.#comment(`${message}.${oneof}`, indent),
      ...block(indent, `oneof ${oneof}`, body),
    ]);
  }

  #field(field: FieldFacts, message: string, indent: string): Piece {
    const type = this.#type(field.type, message);
    const declared = {
      singular: type,
      optional: `optional ${type}`,
      repeated: `repeated ${type}`,
      map: `map<${field.keyType}, ${type}>`,
    }[field.label];
    const options = [
      ...(field.packed === false ? ['packed = false'] : []),
      ...this.#options(field, message),
    ];
    const line = `${indent}${declared} ${field.name} = ${field.number}${inBrackets(options)};`;
    return this.#piece(`${message}.${field.name}`, indent, [line]);
  }

  #enum(facts: EnumFacts, indent: string): string[] {
    const inner = `${indent}  `;
    const alias = facts.allowAlias === true ? [heading(`${inner}option allow_alias = true;`)] : [];
    const body = [
      ...alias,
      ...this.#optionPieces(facts, inner),
      ...reservedPieces(facts.reserved, inner),
      ...facts.values.map((value) => {
        const options = inBrackets(this.#options(value, facts.name));
        const line = `${inner}${value.name} = ${value.number}${options};`;
        return this.#piece(`${facts.name}.${value.name}`, inner, [line]);
      }),
    ];
    return [...this.#comment(facts.name, indent), ...block(indent, `enum ${last(facts)}`, body)];
  }

  #type(type: string, scope: string): string {
    return scalarTypes.has(type) ? type : this.#scope.spell(type, scope);
  }

  #optionPieces(element: Annotated, indent: string): Piece[] {
    return this.#options(element, this.#file.package).map((o) => heading(`${indent}option ${o};`));
  }

  #options(element: Annotated, scope: string): string[] {
    const custom = Object.entries((element.options ?? {}) as Options).map(([name, value]) => {
      const [, extension = name, rest = ''] = /^\(([^)]+)\)(.*)$/.exec(name) ?? [];
      const spelled = this.#spellOption(extension, scope);
      return `(${spelled})${rest} = ${this.#optionValue(extension, value)}`;
    });
    return [...(element.deprecated === true ? ['deprecated = true'] : []), ...custom];
  }

  /** Options are written with their package everywhere, so that they read alike. */
  #spellOption(extension: string, scope: string): string {
    if (!this.#scope.isExtension(extension)) return extension;
    const found = this.#scope.resolveExtension(extension, scope);
    return found === extension ? extension : `.${extension}`;
  }

  #optionValue(extension: string, value: OptionValue): string {
    if (typeof value !== 'string') return String(value);
    return this.#scope.hasEnumType(extension) ? value : quote(value);
  }

  #piece(name: string, indent: string, lines: readonly string[]): Piece {
    const comment = this.#comment(name, indent);
    return {
      lines: [...comment, ...lines],
      tall: comment.length > 0 || lines.length > 1,
      head: false,
    };
  }

  #comment(name: string, indent: string): string[] {
    return commentLines(this.#comments.get(name) ?? '', indent);
  }
}

function block(indent: string, head: string, body: readonly Piece[]): string[] {
  if (body.length === 0) return [`${indent}${head} {}`];
  const lines = [`${indent}${head} {`];
  body.forEach((piece, index) => {
    const before = body[index - 1];
    const apart = before !== undefined && before.head !== piece.head;
    if (apart || before?.tall === true || (index > 0 && piece.tall)) lines.push('');
    lines.push(...piece.lines);
  });
  return [...lines, `${indent}}`];
}

function reservedPieces(reserved: Reserved | undefined, indent: string): Piece[] {
  if (reserved === undefined) return [];
  const ranges = reserved.ranges.map(([from, to]) =>
    from === to ? `${from}` : `${from} to ${to}`,
  );
  return [ranges, reserved.names.map(quote)]
    .filter((list) => list.length > 0)
    .map((list) => heading(`${indent}reserved ${list.join(', ')};`));
}

/** Fields in order, where those of one oneof come as one group. */
function oneofGroups(
  fields: readonly FieldFacts[],
): { readonly oneof: string | undefined; readonly fields: FieldFacts[] }[] {
  const groups: { oneof: string | undefined; fields: FieldFacts[] }[] = [];
  for (const field of fields) {
    const open = groups.at(-1);
    if (field.oneof !== undefined && open?.oneof === field.oneof) open.fields.push(field);
    else groups.push({ oneof: field.oneof, fields: [field] });
  }
  return groups;
}

function extensionGroups(extensions: readonly ExtensionFacts[]): ExtensionFacts[][] {
  const groups: ExtensionFacts[][] = [];
  for (const extension of extensions) {
    const open = groups.at(-1);
    if (open?.[0]?.extends === extension.extends) open.push(extension);
    else groups.push([extension]);
  }
  return groups;
}

function tall(lines: readonly string[]): Piece {
  return { lines, tall: true, head: false };
}

function heading(line: string): Piece {
  return { lines: [line], tall: false, head: true };
}

function last(element: Annotated): string {
  return simpleName(element.name);
}

function inBrackets(options: readonly string[]): string {
  return options.length === 0 ? '' : ` [${options.join(', ')}]`;
}

/** A string literal of the protobuf language. */
function quote(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    return [...new TextEncoder().encode(char)]
      .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
      .join('');
  });
  return `"${escaped}"`;
}
