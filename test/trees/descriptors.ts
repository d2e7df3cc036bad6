import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import type {
  Contract,
  EnumFacts,
  FieldFacts,
  FileFacts,
  MessageFacts,
} from '../../codegen/protos/contract.js';

// Go code that protoc made holds the descriptor of its .proto file, as a list of bytes or as text.

/** The contract of all .pb.go files below some folders: what Go modules have that ship no protos. */
export function contractOfGo(
  folders: readonly { readonly root: string; readonly only: readonly string[] }[],
): Contract {
  const files = new Map<string, FileFacts>();
  for (const { root: folder, only } of folders) {
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.pb.go') || !only.some((start) => path.startsWith(start))) continue;
      for (const bytes of rawDescriptors(readFileSync(join(folder, path), 'utf8'))) {
        const facts = fileFacts(fileType.decode(bytes) as unknown as FileDescriptor);
        files.set(facts.path, facts);
      }
    }
  }
  return {
    source: { talos: '' },
    notEmbedded: ['google/protobuf/descriptor.proto'],
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function rawDescriptors(source: string): Buffer[] {
  const lists = [...source.matchAll(/_rawDesc = \[\]byte\{([^}]*)\}/g)].map(([, list = '']) =>
    Buffer.from((list.match(/0x[0-9a-f]{2}/g) ?? []).map(Number)),
  );
  const texts = [...source.matchAll(/_rawDesc = ((?:"(?:[^"\\]|\\.)*"[\s+]*)+)/g)].map(
    ([, text = '']) =>
      Buffer.concat(
        [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = '']) => unquoted(part)),
      ),
  );
  return [...lists, ...texts];
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The bytes of a Go string literal. */
function unquoted(text: string): Buffer {
  const parts = text.match(/\\x..|\\[0-7]{3}|\\u[0-9a-fA-F]{4}|\\.|[^\\]+/gs) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (!part.startsWith('\\')) return Buffer.from(part);
      const kind = part[1] as string;
      if (kind === 'x') return Buffer.from([Number.parseInt(part.slice(2), 16)]);
      if (kind === 'u') return Buffer.from(String.fromCharCode(Number.parseInt(part.slice(2), 16)));
      if (part.length === 4) return Buffer.from([Number.parseInt(part.slice(1), 8)]);
      return Buffer.from([escapes[kind] ?? kind.charCodeAt(0)]);
    }),
  );
}

const descriptors = protobuf.Root.fromJSON(
  createRequire(import.meta.url)('protobufjs/google/protobuf/descriptor.json'),
);
const fileType = descriptors.lookupType('google.protobuf.FileDescriptorProto');

interface Options {
  readonly deprecated?: boolean;
  readonly packed?: boolean;
  readonly mapEntry?: boolean;
  readonly allowAlias?: boolean;
}
interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: number;
  readonly type: number;
  readonly typeName: string;
  readonly proto3Optional?: boolean;
  readonly options?: Options;
}
interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
  readonly options?: Options;
}
interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly oneofDecl: readonly { readonly name: string }[];
  readonly options?: Options;
}
interface FileDescriptor {
  readonly name: string;
  readonly package: string;
  readonly dependency: readonly string[];
  readonly publicDependency: readonly number[];
  readonly messageType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly service: readonly {
    readonly name: string;
    readonly method: readonly {
      readonly name: string;
      readonly inputType: string;
      readonly outputType: string;
      readonly clientStreaming?: boolean;
      readonly serverStreaming?: boolean;
    }[];
  }[];
}

/** By the number that descriptors have for it; messages and enums are named instead. */
const scalarNames: readonly string[] = [
  ...['', 'double', 'float', 'int64', 'uint64', 'int32', 'fixed64', 'fixed32', 'bool', 'string'],
  ...['group', '', 'bytes', 'uint32', '', 'sfixed32', 'sfixed64', 'sint32', 'sint64'],
];
const ENUM = 14;
const REPEATED = 3;

function fileFacts(file: FileDescriptor): FileFacts {
  const messages: MessageFacts[] = [];
  const enums: EnumFacts[] = [];
  const within = (parent: string, name: string) => (parent === '' ? name : `${parent}.${name}`);
  const addEnum = (parent: string, { name, value, options }: EnumDescriptor): void => {
    const values = value.map((one) => ({ name: one.name, number: one.number }));
    const alias = options?.allowAlias === true ? ({ allowAlias: true } as const) : {};
    enums.push({ name: within(parent, name), values, ...alias });
  };
  const addMessage = (parent: string, message: MessageDescriptor): void => {
    const name = within(parent, message.name);
    const entries = message.nestedType.filter(({ options }) => options?.mapEntry === true);
    messages.push({ name, fields: message.field.map((field) => fieldFacts(field, message, name)) });
    for (const one of message.enumType) addEnum(name, one);
    for (const one of message.nestedType) if (!entries.includes(one)) addMessage(name, one);
  };
  for (const message of file.messageType) addMessage(file.package, message);
  for (const one of file.enumType) addEnum(file.package, one);
  return {
    path: file.name,
    package: file.package,
    imports: file.dependency,
    publicImports: file.publicDependency.map((index) => file.dependency[index] ?? ''),
    messages,
    enums,
    services: file.service.map((service) => ({
      name: within(file.package, service.name),
      methods: service.method.map((method) => ({
        name: method.name,
        input: method.inputType.slice(1),
        output: method.outputType.slice(1),
        clientStreaming: method.clientStreaming === true,
        serverStreaming: method.serverStreaming === true,
      })),
    })),
  };
}

function typeOf({ type, typeName }: FieldDescriptor): string {
  return typeName === '' ? (scalarNames[type] ?? '') : typeName.slice(1);
}

function fieldFacts(field: FieldDescriptor, message: MessageDescriptor, name: string): FieldFacts {
  const common = {
    name: field.name,
    number: field.number,
    ...(field.options?.deprecated === true ? ({ deprecated: true } as const) : {}),
  };
  const type = typeOf(field);
  const entry = message.nestedType.find(
    (one) => one.options?.mapEntry === true && type === `${name}.${one.name}`,
  );
  const [key, value] = entry?.field ?? [];
  if (key !== undefined && value !== undefined) {
    return { ...common, label: 'map', keyType: typeOf(key), type: typeOf(value) };
  }
  if (field.label === REPEATED) {
    const isScalar = field.typeName === '' && type !== 'string' && type !== 'bytes';
    const packed =
      isScalar || field.type === ENUM ? { packed: field.options?.packed !== false } : {};
    return { ...common, label: 'repeated', type, ...packed };
  }
  if (field.proto3Optional === true) return { ...common, label: 'optional', type };
  const index = Object.hasOwn(field, 'oneofIndex')
    ? (field as unknown as { oneofIndex: number }).oneofIndex
    : undefined;
  const oneof = index === undefined ? undefined : message.oneofDecl[index]?.name;
  return { ...common, label: 'singular', type, ...(oneof === undefined ? {} : { oneof }) };
}
