import { addComments, type Comments } from './comments.js';
import type {
  Annotated,
  Contract,
  ContractSource,
  ExtensionFacts,
  FieldFacts,
  FileFacts,
  MethodFacts,
  OptionValue,
} from './contract.js';
import { scalarTypes } from './contract.js';
import { ContractError, type Locate } from './contract-error.js';
import { factsOfRoot, parseProto } from './proto-facts.js';
import { descriptor, type ProtoTree, readProtoFolders } from './proto-folder.js';
import type { OptionUse } from './proto-scan.js';
import { optionMessages, Scope } from './scope.js';
import { inPrintedOrder } from './tree.js';
import { isPackableScalar, validateContract } from './validate.js';

/**
 * Reads the wire contract of every .proto file in `folders`, which together hold all imports.
 *
 * Well-known types that are not in a folder come from protobufjs; `descriptor.proto` and the files
 * in `skip` are left out. Comments are not read. Throws `ContractError` with file and line.
 */
export function readProtos(
  folders: readonly string[],
  source: ContractSource,
  skip: readonly string[] = [],
): Contract {
  return readTree(readProtoFolders(folders, skip), source, 'facts').contract;
}

/**
 * As `readProtos`, with the comments and for any tree: options for other tools are passed over
 * whatever their form is, and what they extend is no part of the contract.
 */
export function readAnyProtos(
  folders: readonly string[],
  source: ContractSource,
  skip: readonly string[] = [],
): { readonly contract: Contract; readonly comments: Comments } {
  return readTree(readProtoFolders(folders, skip, 'hints'), source, 'hints');
}

function readTree(
  tree: ProtoTree,
  source: ContractSource,
  options: OptionUse,
): { readonly contract: Contract; readonly comments: Comments } {
  const locate = locator(tree);
  const comments = new Map<string, string>();
  const written = writtenFacts(tree, comments).sort((a, b) => (a.path < b.path ? -1 : 1));
  const files = written.map((file) => {
    const visible = visibleFiles(file, written);
    return new Resolver(file, new Scope(visible), tree.leftOut, locate, options).run();
  });
  const contract = { source, notEmbedded: tree.leftOut, files };
  validateContract(contract, locate);
  return { contract: { ...contract, files: files.map(inPrintedOrder) }, comments };
}

function locator(tree: ProtoTree): Locate {
  const byPath = new Map(tree.files.map((file) => [file.path, file]));
  return (path, name) => {
    const file = byPath.get(path);
    const line = file?.scan.lines.get(name);
    return `${file?.shown ?? path}${line === undefined ? '' : `:${line}`}`;
  };
}

/** The facts of each file with names as they are written. */
function writtenFacts(tree: ProtoTree, comments: Map<string, string>): FileFacts[] {
  const own = tree.files.map((file): FileFacts => {
    const parsed = parseProto(file);
    addComments(parsed, comments);
    const publicImports = file.scan.imports.filter((each) => each.isPublic).map(({ path }) => path);
    return {
      path: file.path,
      imports: file.scan.imports.map(({ path }) => path),
      ...(publicImports.length > 0 ? { publicImports } : {}),
      ...parsed.restore({
        package: parsed.package,
        ...factsOfRoot(parsed.root, parsed.package),
      }),
    };
  });
  const bundled = tree.bundled.map(({ path, root }): FileFacts => {
    const name = 'google.protobuf';
    return { path, package: name, imports: [], ...factsOfRoot(root, name) };
  });
  return [...own, ...bundled];
}

function visibleFiles(file: FileFacts, all: readonly FileFacts[]): FileFacts[] {
  const visible = new Set([file.path]);
  const add = (path: string): void => {
    if (visible.has(path)) return;
    visible.add(path);
    all.find((other) => other.path === path)?.publicImports?.forEach(add);
  };
  file.imports.forEach(add);
  return all.filter((other) => visible.has(other.path));
}

/** Turns names as written into full names, by protobuf's scoping rule. */
class Resolver {
  readonly #file: FileFacts;
  readonly #scope: Scope;
  readonly #leftOut: readonly string[];
  readonly #locate: Locate;
  readonly #options: OptionUse;

  constructor(
    file: FileFacts,
    scope: Scope,
    leftOut: readonly string[],
    locate: Locate,
    options: OptionUse,
  ) {
    this.#file = file;
    this.#scope = scope;
    this.#leftOut = leftOut;
    this.#locate = locate;
    this.#options = options;
  }

  run(): FileFacts {
    const file = this.#file;
    const { extensions = [], ...rest } = file;
    const resolved = extensions.map((extension) => this.#extension(extension));
    return {
      ...rest,
      ...(resolved.length > 0 && this.#options === 'facts' ? { extensions: resolved } : {}),
      services: file.services.map((service) => ({
        ...this.#annotated(service, service.name, service.name),
        methods: service.methods.map((method) => this.#method(method, service.name)),
      })),
      messages: file.messages.map((message) => ({
        ...this.#annotated(message, message.name, message.name),
        fields: message.fields.map((field) => this.#field(field, message.name)),
      })),
      enums: file.enums.map((facts) => ({
        ...this.#annotated(facts, facts.name, facts.name),
        values: facts.values.map((value) =>
          this.#annotated(value, `${facts.name}.${value.name}`, facts.name),
        ),
      })),
    };
  }

  #method(method: MethodFacts, service: string): MethodFacts {
    const full = `${service}.${method.name}`;
    return {
      ...this.#annotated(method, full, service),
      input: this.#type(method.input, full, service),
      output: this.#type(method.output, full, service),
    };
  }

  #field(field: FieldFacts, message: string): FieldFacts {
    const full = `${message}.${field.name}`;
    const type = this.#fieldType(field.type, full, message);
    const packable =
      field.label === 'repeated' && (isPackableScalar(type) || this.#scope.isEnum(type));
    return {
      ...this.#annotated(field, full, message),
      type,
      ...(packable ? { packed: field.packed ?? true } : {}),
    };
  }

  #extension(extension: ExtensionFacts): ExtensionFacts {
    if (this.#options === 'hints') {
      const extended = this.#type(extension.extends, extension.name, this.#file.package);
      if (optionMessages.includes(extended)) return extension;
      this.#fail(extension.name, `extensions are only supported as options, not of ${extended}`);
    }
    const type = (written: string) => this.#type(written, extension.name, this.#file.package);
    return { ...extension, extends: type(extension.extends), type: type(extension.type) };
  }

  /** Fields of generated messages cannot have types that describe protos, which are proto2. */
  #fieldType(written: string, element: string, scope: string): string {
    const found = this.#scope.resolveType(written, scope);
    const { path, imports, package: own } = this.#file;
    const named = /^\.?google\.protobuf\./.test(written) || /^google\.protobuf\b/.test(own);
    const isOption = found !== undefined && optionMessages.includes(found);
    if (isOption || (found === undefined && named && imports.includes(descriptor))) {
      const reason = `${written} is of ${descriptor}, which is proto2: no field can have its type`;
      this.#fail(element, `${reason}. Leave the file out: --skip ${path}`);
    }
    return this.#type(written, element, scope);
  }

  #type(written: string, element: string, scope: string): string {
    if (scalarTypes.has(written)) return written;
    const found = this.#scope.resolveType(written, scope);
    if (found !== undefined) return found;
    const leftOut = this.#file.imports.filter((path) => this.#leftOut.includes(path));
    const hint = leftOut.length === 0 ? '' : `; left out of them: ${leftOut.join(', ')}`;
    return this.#fail(element, `no such type in this file or its imports: ${written}${hint}`);
  }

  /** The same element with the names of its custom options in full. */
  #annotated<T extends Annotated>(element: T, full: string, scope: string): T {
    const { options: written = {}, ...rest } = element;
    if (this.#options === 'hints') {
      const known = this.#knownOptions(written, scope);
      return { ...rest, ...known } as unknown as T;
    }
    const options = Object.entries(written).flatMap(([name, value]): [string, OptionValue][] => {
      const [, extension = '', tail = ''] = /^\(([^)]*)\)(.*)$/.exec(name) ?? [];
      const found = this.#scope.resolveExtension(extension, scope);
      if (found !== undefined) return [[`(${found})${tail}`, value]];
      // What a left-out file declares is left out where it is used.
      if (this.#file.imports.some((path) => this.#leftOut.includes(path))) return [];
      return this.#fail(full, `no such option in this file or its imports: ${name}`);
    });
    const kept = options.length > 0 ? { options: Object.fromEntries(options) } : {};
    return { ...rest, ...kept } as unknown as T;
  }

  /** The options that hold a plain value, under their full name; extensions are not looked up. */
  #knownOptions(written: Annotated['options'], scope: string): Pick<Annotated, 'options'> {
    const options = Object.entries(written ?? {}).flatMap(([name, value]) => {
      const [, extension = '', tail = ''] = /^\(\.?([\w.]+)\)((?:\.\w+)*)$/.exec(name) ?? [];
      if (extension === '' || !['string', 'number', 'boolean'].includes(typeof value)) return [];
      const found = this.#scope.resolveExtension(extension, scope) ?? extension;
      return [[`(${found})${tail}`, value] as const];
    });
    return options.length > 0 ? { options: Object.fromEntries(options) } : {};
  }

  #fail(element: string, reason: string): never {
    throw new ContractError(`${this.#locate(this.#file.path, element)}: ${reason}`);
  }
}
