import { fieldName, typeName } from './naming.js';
import type { Home } from './partition.js';
import type { Problems } from './problems.js';
import type { Schema } from './schema.js';
import type { FeatureTable } from './table.js';
import { use, useType } from './uses.js';

/** Whose half of the codecs: each side has files of its own, with the types and what it needs. */
export type Side = 'client' | 'server';

/** The names of the generated code of one side: which type is called what, and which file exports it. */
export class TypeIndex {
  readonly side: Side;
  readonly schema: Schema;
  readonly #table: FeatureTable;
  readonly #homes: ReadonlyMap<string, Home>;
  readonly #problems: Problems;
  readonly #names = new Map<string, string>();
  readonly #fields = new Map<string, ReadonlyMap<string, string>>();

  /** `declared` are names that features declare beside the messages that they pass on. */
  constructor(
    side: Side,
    schema: Schema,
    table: FeatureTable,
    homes: ReadonlyMap<string, Home>,
    declared: ReadonlySet<string>,
    problems: Problems,
  ) {
    this.side = side;
    this.schema = schema;
    this.#table = table;
    this.#homes = homes;
    this.#problems = problems;
    const used = new Map<string, string>();
    for (const name of schema.typeNames()) {
      const rule = typeName(name, schema.packageOf(name));
      const short = this.#override(name) ?? (declared.has(rule) ? `${rule}_` : rule);
      this.#names.set(name, short);
      const { module } = this.home(name);
      const other = used.get(`${module}#${short}`);
      if (other !== undefined) {
        problems.clash(`${other} and ${name} are both called ${short} in messages/${module}`, name);
      }
      used.set(`${module}#${short}`, name);
    }
  }

  home(name: string): Home {
    const home = this.#homes.get(name);
    if (home === undefined) throw new Error(`${name} has no module`);
    return home;
  }

  /** The TypeScript name of a message or enum. */
  name(fullName: string): string {
    const name = this.#names.get(fullName);
    if (name === undefined) throw new Error(`${fullName} has no name`);
    return name;
  }

  decoder(fullName: string): string {
    return `decode${this.name(fullName)}`;
  }

  encoder(fullName: string): string {
    return `encode${this.name(fullName)}`;
  }

  /** The type as code uses it. */
  useType(fullName: string): string {
    return useType(this.file(fullName), this.name(fullName));
  }

  useDecoder(fullName: string): string {
    return use(this.file(fullName), this.decoder(fullName));
  }

  useEncoder(fullName: string): string {
    return use(this.file(fullName), this.encoder(fullName));
  }

  /** The file of the type and its codec, without its ending: `messages/etcd`, `server/etcd`. */
  file(fullName: string): string {
    return `${this.side === 'client' ? 'messages' : 'server'}/${this.home(fullName).module}`;
  }

  /** Whether this side reads it. */
  decodes(fullName: string): boolean {
    const { clientDecodes, clientEncodes } = this.home(fullName);
    return this.side === 'client' ? clientDecodes : clientEncodes;
  }

  /** Whether this side writes it. */
  encodes(fullName: string): boolean {
    const { clientDecodes, clientEncodes } = this.home(fullName);
    return this.side === 'client' ? clientEncodes : clientDecodes;
  }

  #override(fullName: string): string | undefined {
    const { names = {} } = this.#table;
    return Object.hasOwn(names, fullName) ? names[fullName] : undefined;
  }

  /** Proto name → TypeScript name of the fields and oneofs of a message. */
  fields(fullName: string): ReadonlyMap<string, string> {
    const known = this.#fields.get(fullName);
    if (known !== undefined) return known;
    const names = new Map<string, string>();
    const used = new Map<string, string>();
    for (const { name, oneof } of this.schema.message(fullName).fields) {
      // Cases of a oneof are named within it.
      const scope = oneof === undefined ? '' : `${oneof}.`;
      for (const [proto, place] of [
        ...(oneof === undefined ? [] : [[oneof, '']]),
        [name, scope],
      ] as [string, string][]) {
        if (names.has(proto)) continue;
        const camel = this.#override(`${fullName}.${proto}`) ?? fieldName(proto);
        const other = used.get(place + camel);
        if (other !== undefined) {
          const both = `${fullName}: the fields ${other} and ${proto} are both called ${camel}`;
          this.#problems.clash(both, `${fullName}.${proto}`);
        }
        used.set(place + camel, proto);
        names.set(proto, camel);
      }
    }
    this.#fields.set(fullName, names);
    return names;
  }
}
