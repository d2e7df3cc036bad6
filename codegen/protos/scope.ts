import { type Contract, parentName, scalarTypes, simpleName } from './contract.js';

type SymbolKind = 'package' | 'message' | 'enum' | 'service' | 'extension';

/** Words that a type reference cannot start a field with, although a type may bear such a name. */
const keywords = new Set([
  ...scalarTypes,
  'enum',
  'extend',
  'extensions',
  'group',
  'map',
  'message',
  'oneof',
  'option',
  'optional',
  'repeated',
  'required',
  'reserved',
  'returns',
  'stream',
]);

/** The messages of `google/protobuf/descriptor.proto` that custom options extend. */
export const optionMessages: readonly string[] = [
  'File',
  'Message',
  'Field',
  'Oneof',
  'Enum',
  'EnumValue',
  'Service',
  'Method',
].map((element) => `google.protobuf.${element}Options`);

/**
 * The names that a set of files declares, with protobuf's rule for finding them.
 *
 * The rule: starting at the innermost scope, the first scope that knows the *first part* of the
 * name decides; if the rest is not found there, the name is an error, even though an outer scope
 * might know it.
 */
export class Scope {
  readonly #kinds = new Map<string, SymbolKind>();
  readonly #packages = new Map<string, string>();
  readonly #extensionTypes = new Map<string, string>();
  readonly #byLastPart = new Map<string, string[]>();

  constructor(files: Contract['files']) {
    this.#declarePackage('google.protobuf');
    for (const name of optionMessages) this.#declare(name, 'message', 'google.protobuf');
    for (const file of files) {
      this.#declarePackage(file.package);
      for (const { name } of file.messages) this.#declare(name, 'message', file.package);
      for (const { name } of file.enums) this.#declare(name, 'enum', file.package);
      for (const { name } of file.services) this.#declare(name, 'service', file.package);
      for (const { name, type } of file.extensions ?? []) {
        this.#declare(name, 'extension', file.package);
        this.#extensionTypes.set(name, type);
      }
    }
  }

  isMessage(fullName: string): boolean {
    return this.#kinds.get(fullName) === 'message';
  }

  isEnum(fullName: string): boolean {
    return this.#kinds.get(fullName) === 'enum';
  }

  isExtension(fullName: string): boolean {
    return this.#kinds.get(fullName) === 'extension';
  }

  /** Whether values of this extension are names of enum values. */
  hasEnumType(extension: string): boolean {
    return this.isEnum(this.#extensionTypes.get(extension) ?? '');
  }

  /** Finds the message or enum that `reference` means inside `scope`. */
  resolveType(reference: string, scope: string): string | undefined {
    return this.#resolve(reference, scope, ['message', 'enum']);
  }

  /** Finds the extension that `reference` means inside `scope`. */
  resolveExtension(reference: string, scope: string): string | undefined {
    return this.#resolve(reference, scope, ['extension']);
  }

  /**
   * The way to write the type or extension `target` inside `scope`: the shortest name within its
   * own package, the full name elsewhere, with a leading dot where anything could mistake it.
   */
  spell(target: string, scope: string): string {
    const full = `.${target}`;
    if (!this.#kinds.has(target)) return full;
    const own = this.#packages.get(target) ?? '';
    const samePackage = own === '' || scope === own || scope.startsWith(`${own}.`);
    const relative = own === '' ? target : target.slice(own.length + 1);
    const candidates = samePackage ? tails(relative) : [target];
    return candidates.find((name) => this.#means(name, scope, target)) ?? full;
  }

  #declarePackage(fullName: string): void {
    for (let name = fullName; name !== ''; name = parentName(name)) {
      this.#kinds.set(name, 'package');
    }
  }

  #declare(name: string, kind: SymbolKind, inPackage: string): void {
    this.#kinds.set(name, kind);
    this.#packages.set(name, inPackage);
    const last = simpleName(name);
    const others = this.#byLastPart.get(last);
    if (others === undefined) this.#byLastPart.set(last, [name]);
    else others.push(name);
  }

  #means(name: string, scope: string, target: string): boolean {
    if (keywords.has(name)) return false;
    const kind = this.#kinds.get(target);
    const found =
      kind === 'extension' ? this.resolveExtension(name, scope) : this.resolveType(name, scope);
    if (found !== target) return false;
    // protobufjs also looks *below* each scope on the way out; give it nothing to find there.
    const foundIn = target.slice(0, target.length - name.length - 1);
    const lookalikes = this.#byLastPart.get(simpleName(name)) ?? [];
    for (let inner = scope; inner !== foundIn; inner = parentName(inner)) {
      const below = inner === '' ? '' : `${inner}.`;
      if (lookalikes.some((other) => other.startsWith(below) && other.endsWith(`.${name}`))) {
        return false;
      }
      if (inner === '') break;
    }
    return true;
  }

  #resolve(reference: string, scope: string, kinds: readonly SymbolKind[]): string | undefined {
    const accept = (name: string) => {
      const kind = this.#kinds.get(name);
      return kind !== undefined && kinds.includes(kind) ? name : undefined;
    };
    if (reference.startsWith('.')) return accept(reference.slice(1));
    const dot = reference.indexOf('.');
    const first = dot < 0 ? reference : reference.slice(0, dot);
    for (let inner = scope; ; inner = parentName(inner)) {
      const prefix = inner === '' ? '' : `${inner}.`;
      const kind = this.#kinds.get(prefix + first);
      if (dot < 0) {
        const found = accept(prefix + first);
        if (found !== undefined) return found;
      } else if (kind !== undefined && kind !== 'extension') {
        return accept(prefix + reference);
      }
      if (inner === '') return undefined;
    }
  }
}

/** `A.B.C` → `C`, `B.C`, `A.B.C`. */
function tails(name: string): string[] {
  const parts = name.split('.');
  return parts.map((_, index) => parts.slice(parts.length - 1 - index).join('.'));
}
