import { fieldName, typeName } from './naming.js';
import type { Home } from './partition.js';
import type { Schema } from './schema.js';
import { type FeatureTable, TableError } from './table.js';

/** The names of the generated code: which type is called what, and which file exports it. */
export class TypeIndex {
  readonly schema: Schema;
  readonly #table: FeatureTable;
  readonly #homes: ReadonlyMap<string, Home>;
  readonly #names = new Map<string, string>();
  readonly #fields = new Map<string, ReadonlyMap<string, string>>();

  constructor(schema: Schema, table: FeatureTable, homes: ReadonlyMap<string, Home>) {
    this.schema = schema;
    this.#table = table;
    this.#homes = homes;
    const used = new Map<string, string>();
    for (const name of schema.typeNames()) {
      const short = this.#override(name) ?? typeName(name, schema.packageOf(name));
      this.#names.set(name, short);
      const place = `${this.home(name).module}#${short}`;
      const other = used.get(place);
      if (other !== undefined) {
        throw new TableError(
          `${other} and ${name} are both called ${short} in messages/${this.home(name).module}: ` +
            `add to names in the table\n  '${name}': '…',`,
        );
      }
      used.set(place, name);
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

  /** The file of the type itself, without its ending: `messages/etcd`. */
  typeFile(fullName: string): string {
    return `messages/${this.home(fullName).module}`;
  }

  decoderFile(fullName: string): string {
    const { module, clientDecodes } = this.home(fullName);
    return `${clientDecodes ? 'messages' : 'server'}/${module}`;
  }

  encoderFile(fullName: string): string {
    const { module, clientEncodes } = this.home(fullName);
    return `${clientEncodes ? 'messages' : 'server'}/${module}`;
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
          throw new TableError(
            `${fullName}: the fields ${other} and ${proto} are both called ${camel}: add to names ` +
              `in the table\n  '${fullName}.${proto}': '…',`,
          );
        }
        used.set(place + camel, proto);
        names.set(proto, camel);
      }
    }
    this.#fields.set(fullName, names);
    return names;
  }
}
