import { expect, test } from 'vitest';
import { readContract } from '../../../codegen/protos/read-contract.js';
import { everything } from './everything.js';
import { contractJson } from './support.js';

type Json = Record<string, unknown>;

/** The JSON of the big sample after `edit`, read. */
function reading(edit: (contract: Json & { files: Json[] }) => void): () => unknown {
  const json = JSON.parse(contractJson(everything));
  edit(json);
  return () => readContract(JSON.stringify(json), 'facts.json');
}

/** Index of `sample/deep/deep.proto`. */
const deep = 3;

const at = (json: { files: Json[] }, ...path: (string | number)[]): Json =>
  path.reduce((value: unknown, step) => (value as Json)[step], json.files) as Json;

test('text that is not JSON is refused with the name of the document', () => {
  expect(() => readContract('{', 'facts.json')).toThrow(/^facts\.json: not JSON: /);
});

test.each<[string, (json: Json & { files: Json[] }) => void]>([
  [
    '$.format: expected talos-wire-contract/1, got "other/1"',
    (json) => Object.assign(json, { format: 'other/1' }),
  ],
  ['$.files: expected a list, got nothing', (json) => Reflect.deleteProperty(json, 'files')],
  [
    '$.version: is v1.0.0, but source.talos is v2.0.0',
    (json) => Object.assign(json, { source: { talos: 'v2.0.0' } }),
  ],
  [
    '$.files[0].weight: unknown member; known here: path, package, syntax',
    (json) => Object.assign(at(json, 0), { weight: 1 }),
  ],
  [
    '$.files[0].syntax: expected proto3, got "proto2"',
    (json) => Object.assign(at(json, 0), { syntax: 'proto2' }),
  ],
  [
    '$.files[3].messages[0].fields[2].number: expected an integer, got "3"',
    (json) => Object.assign(at(json, deep, 'messages', 0, 'fields', 2), { number: '3' }),
  ],
  [
    '$.files[3].messages[0].fields[2].label: expected singular or optional or repeated or map',
    (json) => Object.assign(at(json, deep, 'messages', 0, 'fields', 2), { label: 'required' }),
  ],
  [
    '$.files[3].messages[0].fields[1]: number 1 is already that of "one_double"',
    (json) => Object.assign(at(json, deep, 'messages', 0, 'fields', 1), { number: 1 }),
  ],
  [
    '$.files[3].messages[0].fields[1]: sample.deep.Scalars has two members "one_double"',
    (json) => Object.assign(at(json, deep, 'messages', 0, 'fields', 1), { name: 'one_double' }),
  ],
  [
    '$.files[3].messages[0].fields[0]: numbers 19000 to 19999 belong to protobuf itself, got 19500',
    (json) => Object.assign(at(json, deep, 'messages', 0, 'fields', 0), { number: 19_500 }),
  ],
  [
    '$.files[3].messages[0].fields[0]: number 536870912 is outside 1 to 536870911',
    (json) => Object.assign(at(json, deep, 'messages', 0, 'fields', 0), { number: 536_870_912 }),
  ],
  [
    '$.files[3].messages[0].fields[0]: no such type: sample.deep.Missing',
    (json) =>
      Object.assign(at(json, deep, 'messages', 0, 'fields', 0), { type: 'sample.deep.Missing' }),
  ],
  [
    '$.files[3].messages[2].fields[2]: number 150 is reserved',
    (json) => Object.assign(at(json, deep, 'messages', 2, 'fields', 2), { number: 150 }),
  ],
  [
    '$.files[3].messages[2].fields[2]: name "old" is reserved',
    (json) => Object.assign(at(json, deep, 'messages', 2, 'fields', 2), { name: 'old' }),
  ],
  [
    '$.files[3].messages[1].fields[0]: double cannot be the key of a map',
    (json) => Object.assign(at(json, deep, 'messages', 1, 'fields', 0), { keyType: 'double' }),
  ],
  [
    '$.files[3].messages[0].fields[2]: does not say whether it is packed',
    (json) => Reflect.deleteProperty(at(json, deep, 'messages', 0, 'fields', 2), 'packed'),
  ],
  [
    '$.files[3].enums[0].values[1]: number 0 is already that of "NONE", and aliases are not allowed',
    (json) => Reflect.deleteProperty(at(json, deep, 'enums', 0), 'allowAlias'),
  ],
  [
    '$.files[3].enums[1]: the first value of an enum must be 0',
    (json) => Object.assign(at(json, deep, 'enums', 1, 'values', 0), { number: 1 }),
  ],
  [
    '$.files[3].services[0].methods[0]: base.Color is not a message',
    (json) => Object.assign(at(json, deep, 'services', 0, 'methods', 0), { input: 'base.Color' }),
  ],
  [
    '$.files[3].services[0].methods[1]: sample.deep.Talk has two RPCs "Unary"',
    (json) => Object.assign(at(json, deep, 'services', 0, 'methods', 1), { name: 'Unary' }),
  ],
  [
    '$.files[3]: imports gone.proto, which is not there',
    (json) => (at(json, deep).imports = ['gone.proto']),
  ],
  [
    '$.files[3].messages[1].fields[1]: base.Empty is in base/base.proto, which sample/deep/deep.proto does not import',
    (json) => (at(json, deep).imports = ['options/options.proto']),
  ],
  [
    '$.files[2].extensions[0]: proto3 extends nothing but options, got "base.Empty"',
    (json) => Object.assign(at(json, 2, 'extensions', 0), { extends: 'base.Empty' }),
  ],
  [
    '$.files[3].messages[1]: sample.deep.Scalars is declared twice',
    (json) => Object.assign(at(json, deep, 'messages', 1), { name: 'sample.deep.Scalars' }),
  ],
  [
    '$.files[0].messages[0]: elsewhere.Empty is neither in the package "base" nor in a message of this file',
    (json) => Object.assign(at(json, 0, 'messages', 0), { name: 'elsewhere.Empty' }),
  ],
])('%s', (message, edit) => {
  expect(reading(edit)).toThrow(`facts.json: ${message}`);
});

test.each([
  ['a path', (json: { files: Json[] }) => Object.assign(at(json, 0), { path: '../outside.proto' })],
  [
    'an absolute path',
    (json: { files: Json[] }) => Object.assign(at(json, 0), { path: '/a.proto' }),
  ],
  [
    'a path with a line end',
    (json: { files: Json[] }) => Object.assign(at(json, 0), { path: 'a\n.proto' }),
  ],
  ['a package', (json: { files: Json[] }) => Object.assign(at(json, 0), { package: 'a; b' })],
  [
    'a field name',
    (json: { files: Json[] }) =>
      Object.assign(at(json, deep, 'messages', 0, 'fields', 0), { name: 'x = 1; //' }),
  ],
  [
    'an enum value',
    (json: { files: Json[] }) =>
      Object.assign(at(json, deep, 'enums', 0, 'values', 2), { name: 'A}\nmessage B {' }),
  ],
  [
    'an option name',
    (json: { files: Json[] }) =>
      Object.assign(at(json, deep, 'messages', 0), { options: { '(a) = 1; option (b)': 1 } }),
  ],
  [
    'the value of an enum option',
    (json: { files: Json[] }) =>
      Object.assign(at(json, deep, 'services', 0, 'methods', 2), {
        options: { '(options.mood)': 'CALM; }' },
      }),
  ],
  [
    'a oneof',
    (json: { files: Json[] }) =>
      Object.assign(at(json, deep, 'messages', 2, 'fields', 0), { oneof: 'a { }' }),
  ],
])('%s that would break out of the .proto text is refused', (_, edit) => {
  expect(reading(edit)).toThrow(/^facts\.json: \$\.files\[\d\]/);
});
