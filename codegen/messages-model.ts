import { deprecation, docComment, paragraphs, plainText } from './docs.js';
import { type FieldModel, fieldModel, quote } from './fields.js';
import type { Tree } from './load.js';
import type {
  Declaration,
  DecoderModel,
  EncoderModel,
  EnumModel,
  InterfaceModel,
  MemberModel,
  OneofModel,
} from './model.js';
import type { Annotated, EnumFacts, MessageFacts } from './protos/contract.js';
import type { TypeIndex } from './type-index.js';

/** A module of messages, and the types of which it holds something. */
interface ModuleModel {
  readonly types: string[];
  readonly declarations: Declaration[];
}

/** Builds the modules of messages of one side. */
export class MessagesBuilder {
  readonly #tree: Tree;
  readonly #index: TypeIndex;
  readonly #product: string;

  constructor(tree: Tree, index: TypeIndex, product: string) {
    this.#tree = tree;
    this.#index = index;
    this.#product = product;
  }

  /** By path without ending, such as `messages/etcd`. */
  modules(): Map<string, ModuleModel> {
    const modules = new Map<string, ModuleModel>();
    const index = this.#index;
    const add = (type: string, declaration: Declaration): void => {
      const path = index.file(type);
      const module = modules.get(path) ?? { types: [], declarations: [] };
      modules.set(path, module);
      if (module.types.at(-1) !== type) module.types.push(type);
      module.declarations.push(declaration);
    };
    for (const name of index.schema.typeNames()) {
      const { message, enumeration } = index.schema.type(name);
      if (message !== undefined) {
        const fields = message.fields.map((field) => fieldModel(name, field, index));
        add(name, this.#interface(message, fields));
        if (index.decodes(name)) add(name, this.#decoder(name, fields));
        if (index.encodes(name)) add(name, this.#encoder(name, fields));
      } else if (enumeration !== undefined) {
        add(name, this.#enum(enumeration));
        if (index.decodes(name)) add(name, this.#enumDecoder(enumeration));
        if (index.encodes(name)) add(name, this.#enumEncoder(enumeration));
      }
    }
    return modules;
  }

  /** The words of the contract stand with the types of clients, and only there. */
  #comment(fullName: string): string {
    if (this.#index.side === 'server') return '';
    return plainText(this.#tree.comments.get(fullName) ?? '');
  }

  /** A list item about a member that can have no comment of its own, if there is something to say. */
  #note(name: string, element: Annotated, fullName: string): string[] {
    const comment = this.#comment(fullName).replace(/\n+/g, ' ');
    const gone = this.#gone(element).replace(/^@deprecated/, 'Deprecated.');
    const note = [comment, gone].filter((text) => text !== '').join(' ');
    return note === '' ? [] : [`- \`${name}\`: ${note}`];
  }

  /** `fallback` says what it is where the proto says nothing. */
  #doc(element: Annotated, fullName: string, indent: number, fallback = ''): string[] {
    const gone = this.#gone(element);
    return docComment(paragraphs(this.#comment(fullName) || fallback, gone), indent);
  }

  #gone(element: Annotated): string {
    return this.#index.side === 'server' ? '' : deprecation(element, this.#product);
  }

  #interface(message: MessageFacts, fields: readonly FieldModel[]): InterfaceModel {
    const members: MemberModel[] = [];
    const seen = new Set<string>();
    message.fields.forEach((facts, position) => {
      const field = fields[position];
      if (field === undefined) return;
      const doc = this.#doc(facts, `${message.name}.${facts.name}`, 2);
      if (field.oneof === undefined) {
        members.push({ doc, name: field.name, type: field.type });
      } else if (!seen.has(field.oneof)) {
        seen.add(field.oneof);
        members.push(this.#oneof(message, fields, field.oneof, facts.oneof ?? ''));
      }
    });
    return {
      kind: members.length === 0 ? 'empty' : 'interface',
      doc: this.#doc(message, message.name, 0, `The message \`${message.name}\`.`),
      name: this.#index.name(message.name),
      members,
    };
  }

  /** A oneof is one member; what its cases mean is a list in its comment. */
  #oneof(
    message: MessageFacts,
    fields: readonly FieldModel[],
    name: string,
    protoName: string,
  ): MemberModel {
    const cases: string[] = [];
    const notes: string[] = [];
    message.fields.forEach((facts, position) => {
      const field = fields[position];
      if (field === undefined || facts.oneof !== protoName) return;
      cases.push(`{ case: ${quote(field.name)}; value: ${field.type} }`);
      notes.push(...this.#note(field.name, facts, `${message.name}.${facts.name}`));
    });
    const comment = this.#comment(`${message.name}.${protoName}`);
    return {
      doc: docComment(paragraphs(comment, notes.join('\n')), 2),
      name,
      type: [...cases, '{ case: undefined; value?: undefined }'].join(' | '),
    };
  }

  #decoder(fullName: string, fields: readonly FieldModel[]): DecoderModel {
    const seen = new Set<string>();
    const initial = fields.flatMap(({ name, oneof, initial: value }) => {
      if (oneof === undefined) return [{ name, value }];
      if (seen.has(oneof)) return [];
      seen.add(oneof);
      return [{ name: oneof, value: '{ case: undefined }' }];
    });
    return {
      kind: fields.length === 0 ? 'emptyDecoder' : 'decoder',
      doc: docComment(`Reads a \`${fullName}\`.`, 0),
      name: this.#index.decoder(fullName),
      type: this.#index.useType(fullName),
      initial,
      fields: fields.map((field) => field.decode),
    };
  }

  #encoder(fullName: string, fields: readonly FieldModel[]): EncoderModel {
    return {
      kind: fields.length === 0 ? 'emptyEncoder' : 'encoder',
      doc: docComment(`Writes a \`${fullName}\`.`, 0),
      name: this.#index.encoder(fullName),
      type: this.#index.useType(fullName),
      keys: [...new Set(fields.map(({ name, oneof }) => quote(oneof ?? name)))],
      oneofs: oneofsOf(fields),
      fields: byNumber(fields)
        .map((field) => field.encode)
        .reverse(),
    };
  }

  /** What the values mean is a list in the comment: editors show no comment of a union's member. */
  #enum(facts: EnumFacts): EnumModel {
    const notes = facts.values.flatMap((value) =>
      this.#note(value.name, value, `${facts.name}.${value.name}`),
    );
    const comment = this.#comment(facts.name) || `The enum \`${facts.name}\`.`;
    const gone = this.#gone(facts);
    return {
      kind: 'enum',
      doc: docComment(paragraphs(comment, notes.join('\n'), gone), 0),
      name: this.#index.name(facts.name),
      union: facts.values.map((value) => quote(value.name)).join(' | '),
    };
  }

  #enumDecoder(facts: EnumFacts): Declaration {
    const seen = new Set<number>();
    const values = facts.values.flatMap(({ name, number }) => {
      if (seen.has(number)) return [];
      seen.add(number);
      return [{ number, literal: quote(name) }];
    });
    return {
      kind: 'enumDecoder',
      doc: docComment(`The name of a \`${facts.name}\`, or its number if it has none here.`, 0),
      name: this.#index.decoder(facts.name),
      type: this.#index.useType(facts.name),
      values,
    };
  }

  #enumEncoder(facts: EnumFacts): Declaration {
    const values = facts.values.map(({ name, number }) => ({ number, literal: quote(name) }));
    return {
      kind: 'enumEncoder',
      doc: docComment(`The number of a \`${facts.name}\`; \`field\` is named when it has none.`, 0),
      name: this.#index.encoder(facts.name),
      type: this.#index.useType(facts.name),
      values,
      names: values.map(({ literal }) => literal).join(', '),
    };
  }
}

/** The oneofs of a message, each with its cases. */
function oneofsOf(fields: readonly FieldModel[]): OneofModel[] {
  const cases = new Map<string, string[]>();
  for (const { name, oneof } of fields) {
    if (oneof !== undefined) cases.set(oneof, [...(cases.get(oneof) ?? []), quote(name)]);
  }
  return [...cases].map(([name, literals]) => ({ name, literal: quote(name), cases: literals }));
}

function byNumber(fields: readonly FieldModel[]): FieldModel[] {
  return [...fields].sort((a, b) => a.decode.number - b.decode.number);
}
