import { width } from './docs.js';
import type { ImportModel } from './model.js';
import { TableError } from './table.js';
import type { TypeIndex } from './type-index.js';

/** What generated code uses of the runtime: file below its folder → names. */
const runtime = {
  call: ['callClientStream', 'callDuplex', 'callServerStream', 'callUnary'],
  'call-options': ['type CallOptions'],
  client: ['createTalosClient', 'type TalosClient as BaseClient', 'type TalosClientOptions'],
  codec: ['type Enum', 'type Init', 'type Stated'],
  'fan-out': ['type FanOutOptions', 'type NodeResult', 'type NodeSet'],
  merge: ['type MergeOptions', 'type NodeItem'],
  method: ['type Method', 'type ServerMethod'],
  'node-address': ['type Addresses'],
  stream: ['type TalosStream'],
  target: ['checkTarget', 'route', 'type Route', 'type TalosNode', 'type Target'],
  'wire/checks': [
    'checkEmpty',
    'checkNoCase',
    'checkNoFields',
    'isEmptyBytes',
    'lastIndex',
    'refuseCase',
    'refuseField',
  ],
  'wire/entries': [
    'readEntry',
    'readEnumEntry',
    'readMessageEntry',
    'writeBoolKey',
    'writeEntries',
    'writeEnumEntries',
    'writeFixed32Key',
    'writeFixed64Key',
    'writeInt32Key',
    'writeInt64Key',
    'writeMessageEntries',
    'writeSfixed32Key',
    'writeSfixed64Key',
    'writeSint32Key',
    'writeSint64Key',
    'writeUint32Key',
    'writeUint64Key',
  ],
  'wire/enum-number': ['enumNumber'],
  'wire/reader': [
    'closeMessage',
    'emptyBytes',
    'FIXED32',
    'FIXED64',
    'openMessage',
    'readBool',
    'readBytes',
    'readDouble',
    'readFixed32',
    'readFixed64',
    'readFloat',
    'readInt32',
    'readInt64',
    'readPacked',
    'readPackedEnum',
    'readSfixed32',
    'readSfixed64',
    'readSint32',
    'readSint64',
    'readTag',
    'readUint32',
    'readUint64',
    'skipField',
    'type Reader',
    'VARINT',
  ],
  'wire/text': ['readString'],
  'wire/writer': [
    'closeLength',
    'openLength',
    'type Writer',
    'writeBool',
    'writeBytes',
    'writeDouble',
    'writeFixed32',
    'writeFixed64',
    'writeFloat',
    'writeInt32',
    'writeInt64',
    'writeSfixed32',
    'writeSfixed64',
    'writeSint32',
    'writeSint64',
    'writeString',
    'writeUint32',
    'writeUint64',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Which of that each folder of the output may use. */
const used: Readonly<Record<string, readonly (keyof typeof runtime)[]>> = {
  '': ['client', 'fan-out', 'merge', 'node-address', 'stream', 'target'],
  features: ['call', 'call-options', 'codec', 'method', 'stream', 'target'],
  messages: [
    'codec',
    'wire/checks',
    'wire/entries',
    'wire/enum-number',
    'wire/reader',
    'wire/text',
    'wire/writer',
  ],
  server: [
    'codec',
    'method',
    'wire/checks',
    'wire/entries',
    'wire/enum-number',
    'wire/reader',
    'wire/text',
    'wire/writer',
  ],
};

/** Gathers what one file may import, and refuses two things of one name. */
export class Imports {
  readonly #file: string;
  readonly #runtime: string;
  /** Name → where it comes from. */
  readonly #origins = new Map<string, string>();
  readonly #modules = new Map<string, Set<string>>();

  /** `file` is a path below the output folder, `runtime` the module path of the runtime's folder. */
  constructor(file: string, runtimeFolder: string) {
    this.#file = file;
    this.#runtime = runtimeFolder;
  }

  /** Notes a name that the file itself declares. */
  declare(name: string, what: string): void {
    this.#note(name, what);
  }

  type(fullName: string, index: TypeIndex): void {
    this.#add(index.typeFile(fullName), index.name(fullName), 'type ', fullName);
  }

  decoder(fullName: string, index: TypeIndex): void {
    this.#add(index.decoderFile(fullName), index.decoder(fullName), '', fullName);
  }

  encoder(fullName: string, index: TypeIndex): void {
    this.#add(index.encoderFile(fullName), index.encoder(fullName), '', fullName);
  }

  /** Everything that the codecs of some types may use. */
  codecs(types: readonly string[], index: TypeIndex): void {
    for (const name of types) {
      const fields = index.schema.type(name).message?.fields ?? [];
      for (const used of [name, ...fields.map(({ type }) => type)]) {
        if (!index.schema.hasType(used)) continue;
        this.type(used, index);
        this.decoder(used, index);
        this.encoder(used, index);
      }
    }
  }

  /** A value that another generated file exports. */
  value(file: string, name: string, prefix: '' | 'type ' = ''): void {
    this.#add(file, name, prefix, `${file}#${name}`);
  }

  /** All imports, the runtime's included, with more than the file needs. */
  list(): ImportModel[] {
    const own = [...this.#modules].map(([file, names]) => ({
      from: relativeModule(this.#file, file),
      names: [...names],
    }));
    const [folder = ''] = this.#file.includes('/') ? this.#file.split('/') : [];
    const fromRuntime = (used[folder] ?? []).map((module) => ({
      from: runtimeModule(this.#file, this.#runtime, module),
      names: runtime[module],
    }));
    return [...fromRuntime, ...own];
  }

  #add(file: string, name: string, prefix: '' | 'type ', fullName: string): void {
    this.#note(name, fullName);
    if (file === this.#file) return;
    const names = this.#modules.get(file);
    if (names === undefined) this.#modules.set(file, new Set([prefix + name]));
    else names.add(prefix + name);
  }

  #note(name: string, origin: string): void {
    const other = this.#origins.get(name);
    if (other !== undefined && other !== origin) {
      throw new TableError(
        `${this.#file}: ${other} and ${origin} are both called ${name} there: add to names in ` +
          `the table\n  '${origin}': '…',`,
      );
    }
    this.#origins.set(name, origin);
  }
}

/** The first line of a file. It names the protos, unless they are many. */
export function header(protos: readonly string[]): string {
  const unique = [...new Set(protos)].sort();
  const line = `// Generated by codegen from ${unique.join(', ')}. Do not edit.`;
  if (line.length <= width) return line;
  return `// Generated by codegen from ${unique.length} .proto files. Do not edit.`;
}

/** `messages/etcd` as `features/etcd` imports it: `../messages/etcd.js`. */
export function relativeModule(from: string, to: string): string {
  const up = from.split('/').slice(0, -1);
  const down = to.split('/');
  while (up.length > 0 && down.length > 1 && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  const steps = up.length === 0 ? './' : '../'.repeat(up.length);
  return `${steps}${down.join('/')}.js`;
}

/** `folder` is a package path, or a path relative to the output folder. */
function runtimeModule(from: string, folder: string, module: string): string {
  if (!folder.startsWith('.')) return `${folder}/${module}.js`;
  const depth = from.split('/').length - 1;
  const path = `${'../'.repeat(depth)}${folder.replace(/^\.\//, '')}/${module}.js`;
  return path.startsWith('.') ? path : `./${path}`;
}
