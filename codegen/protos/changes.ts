import { effectOfShapes, shape } from './compatibility.js';
import type {
  Annotated,
  Contract,
  EnumFacts,
  ExtensionFacts,
  FieldFacts,
  FileFacts,
  MessageFacts,
  MethodFacts,
  Reserved,
  ServiceFacts,
} from './contract.js';

/**
 * `breaks`: the two sides of a connection no longer understand each other here. `compatible`: they
 * do, although a type is another one, as far as values fit both.
 */
export type Effect = 'came' | 'gone' | 'changed' | 'compatible' | 'breaks';

export type ElementKind =
  | 'file'
  | 'extension'
  | 'service'
  | 'rpc'
  | 'message'
  | 'field'
  | 'enum'
  | 'value';

/** One difference between two contracts. */
export interface Change {
  readonly effect: Effect;
  readonly kind: ElementKind;
  /** Full name, or the path of a file. */
  readonly name: string;
  /** What is different; empty for what came or went. */
  readonly detail: string;
}

/**
 * Lists what came, went and changed from one contract to the next.
 *
 * The fields and values of a message or enum that came or went are not listed one by one; RPCs
 * always are.
 */
export function compareContracts(before: Contract, after: Contract): Change[] {
  const enums = [before, after].flatMap(({ files }) => files.flatMap((file) => file.enums));
  const changes = new Changes(new Set(enums.map(({ name }) => name)));
  changes.files(before, after);
  changes.extensions(before, after);
  changes.services(before, after);
  changes.messages(before, after);
  changes.enums(before, after);
  return changes.list;
}

/** An element together with the path of its file. */
type Homed<T> = T & { readonly home: string };

class Changes {
  readonly list: Change[] = [];
  readonly #enums: ReadonlySet<string>;

  constructor(enums: ReadonlySet<string>) {
    this.#enums = enums;
  }

  files(before: Contract, after: Contract): void {
    const byPath = (contract: Contract) => new Map(contract.files.map((file) => [file.path, file]));
    this.#pair('file', byPath(before), byPath(after), (path, old, now) => {
      this.#compare('changed', 'file', path, 'imports', importList(old), importList(now));
      this.#compare('changed', 'file', path, 'package', old.package, now.package);
    });
  }

  extensions(before: Contract, after: Contract): void {
    const all = (contract: Contract) => named(contract, (file) => file.extensions ?? []);
    const shape = (extension: ExtensionFacts) =>
      `${extension.label ?? ''} ${extension.type} on ${extension.extends} #${extension.number}`.trim();
    this.#pair('extension', all(before), all(after), (name, old, now) => {
      this.#compare('breaks', 'extension', name, '', shape(old), shape(now));
      this.#moved('extension', name, old, now);
    });
  }

  services(before: Contract, after: Contract): void {
    const all = (contract: Contract) => named(contract, (file) => file.services);
    this.#pair('service', all(before), all(after), (name, old, now) => {
      this.#moved('service', name, old, now);
      this.#annotations('service', name, old, now);
    });
    this.#pair('rpc', methods(before), methods(after), (name, old, now) => {
      this.#compare('breaks', 'rpc', name, 'request', old.input, now.input);
      this.#compare('breaks', 'rpc', name, 'response', old.output, now.output);
      this.#compare('breaks', 'rpc', name, 'streaming', streaming(old), streaming(now));
      this.#annotations('rpc', name, old, now);
    });
  }

  messages(before: Contract, after: Contract): void {
    const all = (contract: Contract) => named(contract, (file) => file.messages);
    this.#pair('message', all(before), all(after), (name, old, now) => {
      this.#moved('message', name, old, now);
      this.#annotations('message', name, old, now);
      this.#reserved('message', name, old.reserved, now.reserved);
      this.#fields(old, now);
    });
  }

  enums(before: Contract, after: Contract): void {
    const all = (contract: Contract) => named(contract, (file) => file.enums);
    this.#pair('enum', all(before), all(after), (name, old, now) => {
      this.#moved('enum', name, old, now);
      this.#annotations('enum', name, old, now);
      this.#reserved('enum', name, old.reserved, now.reserved);
      this.#compare('changed', 'enum', name, 'aliases', alias(old), alias(now));
      this.#values(old, now);
    });
  }

  #fields(before: MessageFacts, after: MessageFacts): void {
    const inMessage = (field: FieldFacts) => `${after.name}.${field.name}`;
    const names = (message: MessageFacts) => new Map(message.fields.map((f) => [inMessage(f), f]));
    const numbers = new Map(before.fields.map((field) => [field.number, field]));
    this.#pair('field', names(before), names(after), (name, old, now) => {
      if (old.number === now.number) {
        this.#compare(
          effectOfShapes(old, now, this.#enums),
          'field',
          name,
          `#${now.number}`,
          shape(old),
          shape(now),
        );
      } else {
        const detail = `#${old.number} ${shape(old)} → #${now.number} ${shape(now)}`;
        this.#add('breaks', 'field', name, detail);
      }
      this.#compare('changed', 'field', name, 'oneof', old.oneof ?? 'none', now.oneof ?? 'none');
      if (old.packed !== undefined && now.packed !== undefined) {
        this.#compare('changed', 'field', name, 'packed', String(old.packed), String(now.packed));
      }
      this.#annotations('field', name, old, now);
    });
    for (const now of after.fields) {
      const old = numbers.get(now.number);
      if (old === undefined || old.name === now.name) continue;
      // Under another name a number is another field: only the same type is taken for a new name.
      if (effectOfShapes(old, now, this.#enums) !== 'changed') {
        const detail = `#${now.number} was ${old.name}, ${shape(old)} → ${shape(now)}`;
        this.#add('breaks', 'field', inMessage(now), detail);
      } else {
        this.#add('changed', 'field', inMessage(now), `#${now.number} was named ${old.name}`);
      }
    }
  }

  #values(before: EnumFacts, after: EnumFacts): void {
    const names = (facts: EnumFacts) =>
      new Map(facts.values.map((value) => [`${after.name}.${value.name}`, value]));
    this.#pair('value', names(before), names(after), (name, old, now) => {
      this.#compare('breaks', 'value', name, 'number', String(old.number), String(now.number));
      this.#annotations('value', name, old, now);
    });
    const kept = names(after);
    for (const [name, old] of names(before)) {
      if (kept.has(name)) continue;
      const heir = after.values.find((value) => value.number === old.number);
      if (heir === undefined) continue;
      const detail = `number ${old.number} was named ${old.name}`;
      this.#add('changed', 'value', `${after.name}.${heir.name}`, detail);
    }
  }

  #pair<T>(
    kind: ElementKind,
    before: ReadonlyMap<string, T>,
    after: ReadonlyMap<string, T>,
    compare: (name: string, old: T, now: T) => void,
  ): void {
    for (const name of before.keys()) if (!after.has(name)) this.#add('gone', kind, name, '');
    for (const [name, now] of after) {
      const old = before.get(name);
      if (old === undefined) this.#add('came', kind, name, '');
      else compare(name, old, now);
    }
  }

  #moved(kind: ElementKind, name: string, old: Homed<Annotated>, now: Homed<Annotated>): void {
    this.#compare('changed', kind, name, 'file', old.home, now.home);
  }

  #annotations(kind: ElementKind, name: string, old: Annotated, now: Annotated): void {
    const deprecation = (element: Annotated) =>
      element.deprecated === true ? 'deprecated' : 'not deprecated';
    this.#compare('changed', kind, name, '', deprecation(old), deprecation(now));
    const options = (element: Annotated) => JSON.stringify(element.options ?? {});
    this.#compare('changed', kind, name, 'options', options(old), options(now));
  }

  #reserved(kind: ElementKind, name: string, old?: Reserved, now?: Reserved): void {
    this.#compare('changed', kind, name, 'reserved', reservedList(old), reservedList(now));
  }

  #compare(
    effect: Effect,
    kind: ElementKind,
    name: string,
    label: string,
    old: string,
    now: string,
  ): void {
    if (old !== now) this.#add(effect, kind, name, `${label} ${old} → ${now}`.trim());
  }

  #add(effect: Effect, kind: ElementKind, name: string, detail: string): void {
    this.list.push({ effect, kind, name, detail });
  }
}

function named<T extends Annotated | ExtensionFacts>(
  contract: Contract,
  of: (file: FileFacts) => readonly T[],
): Map<string, Homed<T>> {
  return new Map(
    contract.files.flatMap((file) =>
      of(file).map((element) => [element.name, { ...element, home: file.path }] as const),
    ),
  );
}

function methods(contract: Contract): Map<string, MethodFacts> {
  const services: ServiceFacts[] = contract.files.flatMap((file) => file.services);
  return new Map(
    services.flatMap((service) =>
      service.methods.map((method) => [`${service.name}.${method.name}`, method] as const),
    ),
  );
}

function streaming({ clientStreaming, serverStreaming }: MethodFacts): string {
  if (clientStreaming && serverStreaming) return 'duplex';
  if (clientStreaming) return 'client-stream';
  return serverStreaming ? 'server-stream' : 'unary';
}

function alias(facts: EnumFacts): string {
  return facts.allowAlias === true ? 'allowed' : 'not allowed';
}

function importList(file: FileFacts): string {
  const shown = file.imports.map((path) =>
    file.publicImports?.includes(path) === true ? `public ${path}` : path,
  );
  return `[${shown.join(', ')}]`;
}

function reservedList(reserved: Reserved | undefined): string {
  const ranges = reserved?.ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return `[${[...(ranges ?? []), ...(reserved?.names ?? [])].join(', ')}]`;
}
