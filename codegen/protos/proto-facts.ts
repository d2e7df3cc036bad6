import protobuf from 'protobufjs';
import type {
  Annotated,
  EnumFacts,
  ExtensionFacts,
  FieldFacts,
  FileFacts,
  MessageFacts,
  MethodFacts,
  Options,
  OptionValue,
  Reserved,
  ServiceFacts,
} from './contract.js';
import { ContractError } from './contract-error.js';
import type { ProtoFile } from './proto-folder.js';

/** How the generator's tools read .proto text: names as written, `//` comments kept. */
export const parseOptions: protobuf.IParseOptions = {
  keepCase: true,
  alternateCommentMode: true,
  preferTrailingComment: true,
};

/** A file by itself, with names as protobufjs takes them. */
export interface ParsedProto {
  readonly package: string;
  readonly root: protobuf.Root;
  /** Puts the names back that protobufjs does not take, anywhere in `value`. */
  readonly restore: <T>(value: T) => T;
}

/** Parses one file by itself. Throws a `ContractError` with file and line. */
export function parseProto({
  path,
  shown,
  text,
}: Pick<ProtoFile, 'path' | 'shown' | 'text'>): ParsedProto {
  const root = new protobuf.Root();
  const { readable, restore } = withoutProtoKey(text);
  try {
    const parsed = protobuf.parse(readable, root, parseOptions);
    return { package: parsed.package ?? '', root, restore };
  } catch (cause) {
    const message = restore((cause as Error).message);
    const [, reason = message, line] = /^(.*) \((?:.*, )?line (\d+)\)$/s.exec(message) ?? [];
    const place = line === undefined ? '' : `:${line}`;
    throw new ContractError(`${shown}${place}: ${reason} (in ${path})`, { cause });
  }
}

/** protobufjs leaves out what is called `__proto__`, without a word: it reads another name. */
function withoutProtoKey(text: string): {
  readonly readable: string;
  readonly restore: <T>(value: T) => T;
} {
  if (!text.includes('__proto__')) return { readable: text, restore: (value) => value };
  let other = 'proto_key';
  while (text.includes(other)) other += '_';
  const restore = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(other, '__proto__');
    if (Array.isArray(value)) return value.map(restore);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map((entry) => entry.map(restore)));
  };
  return {
    readable: text.replace(/\b__proto__\b/g, other),
    restore: restore as <T>(value: T) => T,
  };
}

/**
 * The facts of one parsed file, with type and option names still as they are written; packed is
 * only set where the text says so.
 */
export function factsOfRoot(
  root: protobuf.Root,
  packageName: string,
): Pick<FileFacts, 'extensions' | 'services' | 'messages' | 'enums'> {
  const scope = packageName === '' ? root : root.lookup(packageName);
  const collected = {
    extensions: [] as ExtensionFacts[],
    services: [] as ServiceFacts[],
    messages: [] as MessageFacts[],
    enums: [] as EnumFacts[],
  };
  const visit = (namespace: protobuf.NamespaceBase): void => {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type) {
        collected.messages.push(messageFacts(object));
        visit(object);
      } else if (object instanceof protobuf.Enum) {
        collected.enums.push(enumFacts(object));
      } else if (object instanceof protobuf.Service) {
        collected.services.push(serviceFacts(object));
      } else if (object instanceof protobuf.Field) {
        collected.extensions.push(extensionFacts(object));
      }
    }
  };
  if (scope instanceof protobuf.Namespace) visit(scope);
  const { extensions, ...rest } = collected;
  return { ...(extensions.length > 0 ? { extensions } : {}), ...rest };
}

function messageFacts(type: protobuf.Type): MessageFacts {
  const reserved = reservedFacts(type.reserved);
  return {
    ...annotated(fullName(type), type.options),
    fields: type.fieldsArray.map(fieldFacts),
    ...(reserved === undefined ? {} : { reserved }),
  };
}

function fieldFacts(field: protobuf.Field): FieldFacts {
  const oneof = field.partOf === null || isPresenceOnly(field) ? undefined : field.partOf?.name;
  const packed = field.options?.packed;
  return {
    ...annotated(nameInProto(field), field.options),
    number: field.id,
    type: field.type,
    label: labelOf(field),
    ...(field instanceof protobuf.MapField ? { keyType: field.keyType } : {}),
    ...(oneof === undefined ? {} : { oneof }),
    ...(typeof packed === 'boolean' ? { packed } : {}),
  };
}

function labelOf(field: protobuf.Field): FieldFacts['label'] {
  if (field instanceof protobuf.MapField) return 'map';
  if (field.repeated) return 'repeated';
  return isPresenceOnly(field) ? 'optional' : 'singular';
}

/** `optional` in proto3: protobufjs gives such a field a oneof of its own. */
function isPresenceOnly(field: protobuf.Field): boolean {
  return field.options?.proto3_optional === true;
}

/** The copies that come with protobufjs name fields in camel case and keep the name beside it. */
function nameInProto(field: protobuf.Field): string {
  const { protoName } = field as protobuf.Field & { protoName?: string };
  return protoName ?? field.name;
}

function extensionFacts(field: protobuf.Field): ExtensionFacts {
  const label = labelOf(field);
  return {
    name: fullName(field),
    extends: field.extend ?? '',
    number: field.id,
    type: field.type,
    ...(label === 'optional' || label === 'repeated' ? { label } : {}),
  };
}

function enumFacts(facts: protobuf.Enum): EnumFacts {
  const reserved = reservedFacts(facts.reserved);
  return {
    ...annotated(fullName(facts), facts.options),
    values: Object.entries(facts.values).map(([name, number]) => ({
      ...annotated(name, facts.valuesOptions?.[name] as Record<string, unknown> | undefined),
      number,
    })),
    ...(facts.options?.allow_alias === true ? { allowAlias: true } : {}),
    ...(reserved === undefined ? {} : { reserved }),
  };
}

function serviceFacts(service: protobuf.Service): ServiceFacts {
  return {
    ...annotated(fullName(service), service.options),
    methods: service.methodsArray.map(
      (method): MethodFacts => ({
        ...annotated(method.name, method.options),
        input: method.requestType,
        output: method.responseType,
        clientStreaming: method.requestStream === true,
        serverStreaming: method.responseStream === true,
      }),
    ),
  };
}

/** Of the options, deprecation and the custom ones are facts; the rest steers other generators. */
function annotated(name: string, all: Record<string, unknown> | null | undefined): Annotated {
  const custom = Object.entries(all ?? {}).filter(([option]) => option.startsWith('('));
  const options: Options = Object.fromEntries(custom) as Record<string, OptionValue>;
  return {
    name,
    ...(all?.deprecated === true ? { deprecated: true } : {}),
    ...(custom.length > 0 ? { options } : {}),
  };
}

function reservedFacts(reserved: readonly (number[] | string)[] | null | undefined) {
  if (reserved === null || reserved === undefined || reserved.length === 0) return undefined;
  const facts: Reserved = {
    ranges: reserved
      .filter((entry) => typeof entry !== 'string')
      .map(([from = 0, to = from]) => [from, to] as const),
    names: reserved.filter((entry) => typeof entry === 'string'),
  };
  return facts;
}

function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, '');
}
