import type {
  Annotated,
  Contract,
  EnumFacts,
  EnumValueFacts,
  ExtensionFacts,
  FieldFacts,
  FileFacts,
  MessageFacts,
  MethodFacts,
  OptionValue,
  Reserved,
  ServiceFacts,
} from './contract.js';
import { type JsonValue, parseJson } from './json-reader.js';
import { sourceFrom, sourceMembers } from './sources.js';
import { inPrintedOrder } from './tree.js';
import { validateContract } from './validate.js';

const format = 'talos-wire-contract/1';

/**
 * Reads a wire contract from its JSON form, `talos-wire-contract/1`.
 *
 * `document` is the name that errors print before the JSON path. Throws `ContractError` for
 * anything that is not such a contract, or not valid proto3.
 */
export function readContract(text: string, document: string): Contract {
  const positions = new Map<string, string>();
  const members = parseJson(text, document).object([
    'format',
    'version',
    'source',
    'notEmbedded',
    'files',
  ]);
  members.get('format').oneOf([format]);
  const files = members.get('files').list((file) => readFile(file, positions));
  const contract = {
    source: sourceFrom(members.get('source').object(sourceMembers)),
    notEmbedded: members.get('notEmbedded').list((path) => path.string()),
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  const version = members.get('version').string();
  if (version !== contract.source.talos) {
    members.get('version').fail(`is ${version}, but source.talos is ${contract.source.talos}`);
  }
  validateContract(contract, (file, name) => positions.get(`${file}#${name}`) ?? document);
  return { ...contract, files: contract.files.map(inPrintedOrder) };
}

function readFile(value: JsonValue, positions: Map<string, string>): FileFacts {
  const file = value.object([
    'path',
    'package',
    'syntax',
    'imports',
    'publicImports',
    'extensions',
    'services',
    'messages',
    'enums',
  ]);
  file.get('syntax').oneOf(['proto3']);
  const path = file.get('path').string();
  const note = (name: string, at: JsonValue) => positions.set(`${path}#${name}`, at.where);
  note('', value);
  const strings = (key: 'imports' | 'publicImports') => file.get(key).list((item) => item.string());
  return {
    path,
    package: file.get('package').string(),
    imports: strings('imports'),
    ...(file.has('publicImports') ? { publicImports: strings('publicImports') } : {}),
    ...(file.has('extensions')
      ? { extensions: file.get('extensions').list((item) => readExtension(item, note)) }
      : {}),
    services: file.get('services').list((item) => readService(item, note)),
    messages: file.get('messages').list((item) => readMessage(item, note)),
    enums: file.get('enums').list((item) => readEnum(item, note)),
  };
}

type Note = (name: string, at: JsonValue) => void;

const annotation = ['name', 'deprecated', 'options'] as const;

/** Name, deprecation and options, which come first in every element. */
function annotated(
  element: ReturnType<typeof JsonValue.prototype.object<(typeof annotation)[number]>>,
): Annotated {
  const deprecated = element.has('deprecated') && element.get('deprecated').boolean();
  const options = element.has('options') ? element.get('options').entries() : [];
  const values = options.map(([name, value]): [string, OptionValue] => [name, value.scalar()]);
  return {
    name: element.get('name').string(),
    ...(deprecated ? { deprecated } : {}),
    ...(values.length > 0 ? { options: Object.fromEntries(values) } : {}),
  };
}

function readExtension(value: JsonValue, note: Note): ExtensionFacts {
  const extension = value.object(['name', 'extends', 'number', 'type', 'label']);
  const name = extension.get('name').string();
  note(name, value);
  return {
    name,
    extends: extension.get('extends').string(),
    number: extension.get('number').integer(),
    type: extension.get('type').string(),
    ...(extension.has('label')
      ? { label: extension.get('label').oneOf(['optional', 'repeated']) }
      : {}),
  };
}

function readService(value: JsonValue, note: Note): ServiceFacts {
  const service = value.object([...annotation, 'methods']);
  const common = annotated(service);
  note(common.name, value);
  return {
    ...common,
    methods: service.get('methods').list((item) => readMethod(item, common.name, note)),
  };
}

function readMethod(value: JsonValue, service: string, note: Note): MethodFacts {
  const streaming = ['clientStreaming', 'serverStreaming'] as const;
  const method = value.object([...annotation, 'input', 'output', ...streaming]);
  const common = annotated(method);
  note(`${service}.${common.name}`, value);
  return {
    ...common,
    input: method.get('input').string(),
    output: method.get('output').string(),
    clientStreaming: method.get('clientStreaming').boolean(),
    serverStreaming: method.get('serverStreaming').boolean(),
  };
}

function readMessage(value: JsonValue, note: Note): MessageFacts {
  const message = value.object([...annotation, 'fields', 'reserved']);
  const common = annotated(message);
  note(common.name, value);
  return {
    ...common,
    fields: message.get('fields').list((item) => readField(item, common.name, note)),
    ...(message.has('reserved') ? { reserved: readReserved(message.get('reserved')) } : {}),
  };
}

function readField(value: JsonValue, message: string, note: Note): FieldFacts {
  const own = ['number', 'type', 'label', 'keyType', 'oneof', 'packed'] as const;
  const field = value.object([...annotation, ...own]);
  const common = annotated(field);
  note(`${message}.${common.name}`, value);
  return {
    ...common,
    number: field.get('number').integer(),
    type: field.get('type').string(),
    label: field.get('label').oneOf(['singular', 'optional', 'repeated', 'map']),
    ...(field.has('keyType') ? { keyType: field.get('keyType').string() } : {}),
    ...(field.has('oneof') ? { oneof: field.get('oneof').string() } : {}),
    ...(field.has('packed') ? { packed: field.get('packed').boolean() } : {}),
  };
}

function readEnum(value: JsonValue, note: Note): EnumFacts {
  const facts = value.object([...annotation, 'values', 'allowAlias', 'reserved']);
  const common = annotated(facts);
  note(common.name, value);
  const alias = facts.has('allowAlias') && facts.get('allowAlias').boolean();
  return {
    ...common,
    values: facts.get('values').list((item): EnumValueFacts => {
      const member = item.object([...annotation, 'number']);
      const named = annotated(member);
      note(`${common.name}.${named.name}`, item);
      return { ...named, number: member.get('number').integer() };
    }),
    ...(alias ? { allowAlias: alias } : {}),
    ...(facts.has('reserved') ? { reserved: readReserved(facts.get('reserved')) } : {}),
  };
}

function readReserved(value: JsonValue): Reserved {
  const reserved = value.object(['ranges', 'names']);
  return {
    ranges: reserved.get('ranges').list((range) => {
      const [from, to, ...more] = range.list((end) => end.integer());
      if (from === undefined || to === undefined || more.length > 0) {
        return range.fail('expected a first and a last number');
      }
      return [from, to] as const;
    }),
    names: reserved.get('names').list((name) => name.string()),
  };
}
