import {
  type Annotated,
  type Contract,
  type EnumFacts,
  type FieldFacts,
  type FileFacts,
  type MessageFacts,
  mapKeyTypes,
  maxEnumNumber,
  maxFieldNumber,
  parentName,
  type Reserved,
  type ServiceFacts,
  scalarTypes,
  simpleName,
} from './contract.js';
import { ContractError, type Locate } from './contract-error.js';
import { optionMessages, Scope } from './scope.js';

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
const dotted = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const importPath = /^(?!\.{1,2}\/)[A-Za-z0-9_.-]+(?:\/(?!\.{1,2}\/)[A-Za-z0-9_.-]+)*\.proto$/;
const optionName = /^\([A-Za-z_][\w.]*\)(?:\.[A-Za-z_]\w*)*$/;

/**
 * Refuses facts that are not valid proto3, among them every name that could not stand in a .proto
 * file. Throws a `ContractError` for the first fault.
 */
export function validateContract(contract: Contract, locate: Locate): void {
  new Validation(contract, locate).run();
}

class Validation {
  readonly #contract: Contract;
  readonly #locate: Locate;
  readonly #scope: Scope;
  /** Full name → the file that declares it. */
  readonly #declared = new Map<string, string>();

  constructor(contract: Contract, locate: Locate) {
    this.#contract = contract;
    this.#locate = locate;
    this.#scope = new Scope(contract.files);
  }

  run(): void {
    const { files, notEmbedded } = this.#contract;
    for (const path of notEmbedded) {
      if (!importPath.test(path)) this.#fail('', '', `"${path}" is not the path of a .proto file`);
    }
    for (const file of files) this.#file(file);
    for (const file of files) {
      for (let name = file.package; name !== ''; name = parentName(name)) {
        const other = this.#declared.get(name);
        if (other !== undefined) this.#fail(other, name, `${name} is also a package`);
      }
    }
    for (const file of files) {
      const visible = this.#visibleFrom(file);
      for (const message of file.messages) this.#message(file, message, visible);
      for (const facts of file.enums) this.#enum(file, facts);
      for (const service of file.services) this.#service(file, service, visible);
      for (const extension of file.extensions ?? []) {
        this.#fieldNumber(file, extension.name, extension.number);
        this.#type(file, extension.name, extension.type, visible);
        if (!optionMessages.includes(extension.extends)) {
          const reason = `proto3 extends nothing but options, got "${extension.extends}"`;
          this.#fail(file.path, extension.name, reason);
        }
      }
    }
  }

  #fail(file: string, name: string, reason: string): never {
    throw new ContractError(`${this.#locate(file, name)}: ${reason}`);
  }

  #file(file: FileFacts): void {
    const fail = (reason: string) => this.#fail(file.path, '', reason);
    if (!importPath.test(file.path)) fail(`"${file.path}" is not the path of a .proto file`);
    if (this.#contract.files.filter((other) => other.path === file.path).length > 1) {
      fail(`${file.path} is there twice`);
    }
    if (file.package !== '' && !dotted.test(file.package)) fail(`bad package "${file.package}"`);
    for (const path of file.imports) {
      const known =
        this.#contract.notEmbedded.includes(path) ||
        this.#contract.files.some((other) => other.path === path);
      if (!known) fail(`imports ${path}, which is not there`);
      if (file.imports.indexOf(path) !== file.imports.lastIndexOf(path))
        fail(`imports ${path} twice`);
    }
    for (const path of file.publicImports ?? []) {
      if (!file.imports.includes(path)) fail(`public import ${path} is not among the imports`);
    }
    for (const { name } of file.messages) this.#declare(file, name, true);
    for (const { name } of file.enums) this.#declare(file, name, true);
    for (const { name } of file.services) this.#declare(file, name, false);
    for (const { name } of file.extensions ?? []) this.#declare(file, name, false);
  }

  #declare(file: FileFacts, name: string, nests: boolean): void {
    const fail = (reason: string) => this.#fail(file.path, name, reason);
    this.#identifier(file, name, simpleName(name));
    const parent = parentName(name);
    const inMessage = nests && file.messages.some((message) => message.name === parent);
    if (parent !== file.package && !inMessage) {
      fail(`${name} is neither in the package "${file.package}" nor in a message of this file`);
    }
    const other = this.#declared.get(name);
    if (other !== undefined)
      fail(`${name} is declared twice${other === file.path ? '' : `, also in ${other}`}`);
    this.#declared.set(name, file.path);
  }

  #identifier(file: FileFacts, name: string, word: string): void {
    if (!identifier.test(word)) this.#fail(file.path, name, `"${word}" is not a name`);
  }

  /** Files whose types a file may use: its imports, and what those import publicly. */
  #visibleFrom(file: FileFacts): ReadonlySet<string> {
    const visible = new Set([file.path]);
    const add = (path: string): void => {
      if (visible.has(path)) return;
      visible.add(path);
      const imported = this.#contract.files.find((other) => other.path === path);
      imported?.publicImports?.forEach(add);
    };
    file.imports.forEach(add);
    return visible;
  }

  #message(file: FileFacts, message: MessageFacts, visible: ReadonlySet<string>): void {
    this.#options(file, message.name, message);
    this.#reserved(file, message.name, message.reserved, 1, maxFieldNumber);
    const numbers = new Map<number, string>();
    const names = new Set<string>();
    const oneofs = new Set<string>();
    const claim = (name: string, full: string) => {
      this.#identifier(file, full, name);
      if (names.has(name)) this.#fail(file.path, full, `${message.name} has two members "${name}"`);
      names.add(name);
    };
    for (const field of message.fields) {
      const full = `${message.name}.${field.name}`;
      claim(field.name, full);
      if (field.oneof !== undefined && !oneofs.has(field.oneof)) {
        claim(field.oneof, full);
        oneofs.add(field.oneof);
      }
      const other = numbers.get(field.number);
      if (other !== undefined) {
        this.#fail(file.path, full, `number ${field.number} is already that of "${other}"`);
      }
      numbers.set(field.number, field.name);
      this.#unreserved(file, full, field, message.reserved);
      this.#field(file, full, field, visible);
    }
  }

  #field(file: FileFacts, full: string, field: FieldFacts, visible: ReadonlySet<string>): void {
    const fail = (reason: string) => this.#fail(file.path, full, reason);
    this.#options(file, full, field);
    this.#fieldNumber(file, full, field.number);
    this.#type(file, full, field.type, visible);
    if ((field.label === 'map') !== (field.keyType !== undefined)) {
      fail('a map, and nothing else, has a key type');
    }
    if (field.keyType !== undefined && !mapKeyTypes.has(field.keyType)) {
      fail(`${field.keyType} cannot be the key of a map`);
    }
    if (field.oneof !== undefined && field.label !== 'singular') {
      fail(`a ${field.label} field cannot be in a oneof`);
    }
    const packable =
      field.label === 'repeated' &&
      (isPackableScalar(field.type) || this.#scope.isEnum(field.type));
    if (packable !== (field.packed !== undefined)) {
      fail(packable ? 'does not say whether it is packed' : 'cannot be packed');
    }
  }

  #fieldNumber(file: FileFacts, full: string, number: number): void {
    if (!Number.isInteger(number) || number < 1 || number > maxFieldNumber) {
      this.#fail(file.path, full, `number ${number} is outside 1 to ${maxFieldNumber}`);
    }
    if (number >= 19_000 && number <= 19_999) {
      this.#fail(
        file.path,
        full,
        `numbers 19000 to 19999 belong to protobuf itself, got ${number}`,
      );
    }
  }

  #type(file: FileFacts, full: string, type: string, visible: ReadonlySet<string>): void {
    if (scalarTypes.has(type)) return;
    const home = this.#declared.get(type);
    if (home === undefined || !(this.#scope.isMessage(type) || this.#scope.isEnum(type))) {
      this.#fail(file.path, full, `no such type: ${type}`);
    }
    if (!visible.has(home)) {
      this.#fail(file.path, full, `${type} is in ${home}, which ${file.path} does not import`);
    }
  }

  #enum(file: FileFacts, facts: EnumFacts): void {
    this.#options(file, facts.name, facts);
    this.#reserved(file, facts.name, facts.reserved, -maxEnumNumber - 1, maxEnumNumber);
    if (facts.values[0]?.number !== 0) {
      this.#fail(file.path, facts.name, 'the first value of an enum must be 0');
    }
    const names = new Set<string>();
    const numbers = new Map<number, string>();
    for (const value of facts.values) {
      const full = `${facts.name}.${value.name}`;
      const fail = (reason: string) => this.#fail(file.path, full, reason);
      this.#identifier(file, full, value.name);
      this.#options(file, full, value);
      if (names.has(value.name)) fail(`${facts.name} has two values "${value.name}"`);
      names.add(value.name);
      const { number } = value;
      if (!Number.isInteger(number) || number < -maxEnumNumber - 1 || number > maxEnumNumber) {
        fail(`number ${number} does not fit in 32 bits`);
      }
      const other = numbers.get(number);
      if (other !== undefined && facts.allowAlias !== true) {
        fail(`number ${number} is already that of "${other}", and aliases are not allowed`);
      }
      numbers.set(number, value.name);
      this.#unreserved(file, full, value, facts.reserved);
    }
  }

  #service(file: FileFacts, service: ServiceFacts, visible: ReadonlySet<string>): void {
    this.#options(file, service.name, service);
    const names = new Set<string>();
    for (const method of service.methods) {
      const full = `${service.name}.${method.name}`;
      this.#identifier(file, full, method.name);
      this.#options(file, full, method);
      if (names.has(method.name)) {
        this.#fail(file.path, full, `${service.name} has two RPCs "${method.name}"`);
      }
      names.add(method.name);
      for (const type of [method.input, method.output]) {
        this.#type(file, full, type, visible);
        if (!this.#scope.isMessage(type)) this.#fail(file.path, full, `${type} is not a message`);
      }
    }
  }

  #options(file: FileFacts, full: string, element: Annotated): void {
    for (const [name, value] of Object.entries(element.options ?? {})) {
      const fail = (reason: string) => this.#fail(file.path, full, reason);
      if (!optionName.test(name)) fail(`"${name}" is not the name of a custom option`);
      if (typeof value === 'number' && !Number.isFinite(value)) fail(`option ${name} is ${value}`);
      const extension = name.slice(1, name.indexOf(')'));
      const takesWord = this.#scope.hasEnumType(extension);
      if (takesWord && !identifier.test(String(value))) {
        fail(`option ${name} takes the name of an enum value, got ${JSON.stringify(value)}`);
      }
    }
  }

  #reserved(
    file: FileFacts,
    full: string,
    reserved: Reserved | undefined,
    least: number,
    most: number,
  ): void {
    for (const [from, to] of reserved?.ranges ?? []) {
      const inside = [from, to].every((n) => Number.isInteger(n) && n >= least && n <= most);
      if (!inside || from > to) this.#fail(file.path, full, `bad reserved range ${from} to ${to}`);
    }
  }

  #unreserved(
    file: FileFacts,
    full: string,
    { name, number }: { readonly name: string; readonly number: number },
    reserved: Reserved | undefined,
  ): void {
    const taken = reserved?.ranges.some(([from, to]) => number >= from && number <= to);
    if (taken === true) this.#fail(file.path, full, `number ${number} is reserved`);
    if (reserved?.names.includes(name) === true) {
      this.#fail(file.path, full, `name "${name}" is reserved`);
    }
  }
}

/** Whether a repeated field of this scalar type can be packed. */
export function isPackableScalar(type: string): boolean {
  return scalarTypes.has(type) && type !== 'string' && type !== 'bytes';
}
