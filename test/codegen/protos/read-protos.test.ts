import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Contract } from '../../../codegen/protos/contract.js';
import { readProtos } from '../../../codegen/protos/read-protos.js';
import { folderOf } from './support.js';

const source = { talos: 'v1.0.0' };

/** A proto3 file of package `sample`; its third line is the first one of `body`. */
const proto = (body: string) => `syntax = "proto3";\npackage sample;\n${body}`;

function read(files: Readonly<Record<string, string>>, skip: readonly string[] = []): Contract {
  return readProtos([folderOf(files)], source, skip);
}

function messageOf(contract: Contract, name: string) {
  return contract.files.flatMap((file) => file.messages).find((message) => message.name === name);
}

test('declared order, comments and options of other generators make no difference', () => {
  const plain = proto('import "b.proto";\nimport "c.proto";\nmessage A { B b = 1; C c = 2; }');
  const fancy = proto(`
    option go_package = "example.com/sample;sample"; // for Go
    import "c.proto"; import 'b.proto';
    /* A block
       comment. */
    message A { // trailing
      option (file_only) = true;
      C c = 2 [json_name = "see", (file_only) = false]; B b = 0x1; /* odd */
    }`)
    .replace(/option \(file_only\) = true;/, '')
    .replace(', (file_only) = false', '');
  const rest = { 'b.proto': proto('message B {}'), 'c.proto': proto('message C {}') };
  expect(read({ 'a.proto': fancy, ...rest })).toStrictEqual(read({ 'a.proto': plain, ...rest }));
});

test('well-known types come from protobufjs, with the names of their .proto files', () => {
  const contract = read({
    'a.proto': proto(
      'import "google/protobuf/struct.proto";\nmessage A { google.protobuf.Value value = 1; }',
    ),
  });
  expect(contract.files.map((file) => file.path)).toStrictEqual([
    'a.proto',
    'google/protobuf/struct.proto',
  ]);
  const value = messageOf(contract, 'google.protobuf.Value');
  expect(value?.fields.map((field) => field.name)).toStrictEqual([
    'null_value',
    'number_value',
    'string_value',
    'bool_value',
    'struct_value',
    'list_value',
  ]);
  expect(value?.fields.every((field) => field.oneof === 'kind')).toBe(true);
});

test('a well-known type in the folder is taken from there', () => {
  const contract = read({
    'a.proto': proto('import "google/protobuf/empty.proto";'),
    'google/protobuf/empty.proto':
      'syntax = "proto3"; package google.protobuf; message Empty { string odd = 1; }',
  });
  expect(messageOf(contract, 'google.protobuf.Empty')?.fields).toHaveLength(1);
});

test('a subfolder that imports are relative to is an import root', () => {
  const contract = read({
    'machine/a.proto': proto('import "other/b.proto";\nmessage A { B b = 1; }'),
    'vendor/other/b.proto': proto('import "other/c.proto";\nmessage B { C c = 1; }'),
    'vendor/other/c.proto': proto('message C {}'),
    'vendor/other/unused.proto': proto('message Unused {}'),
  });
  expect(contract.files.map((file) => file.path)).toStrictEqual([
    'machine/a.proto',
    'other/b.proto',
    'other/c.proto',
    'other/unused.proto',
  ]);
});

test('an import that fits two subfolders is refused', () => {
  const folder = folderOf({
    'a.proto': proto('import "b.proto";'),
    'x/b.proto': proto(''),
    'y/b.proto': proto(''),
  });
  const message = `${join(folder, 'a.proto')}:3: import b.proto fits x/b.proto and y/b.proto`;
  expect(() => readProtos([folder], source)).toThrow(message);
});

test('several folders make one contract', () => {
  const first = folderOf({ 'a.proto': proto('import "b.proto";\nmessage A { B b = 1; }') });
  const second = folderOf({ 'b.proto': proto('message B {}') });
  expect(readProtos([first, second], source).files).toHaveLength(2);
  const other = folderOf({ 'b.proto': proto('message B { int32 more = 1; }') });
  expect(() => readProtos([first, second, other], source)).toThrow(
    `b.proto is also ${join(second, 'b.proto')}, with another text`,
  );
});

test('files to skip are left out, and with them the options that they declare', () => {
  const files = {
    'a.proto': proto('import "opt.proto";\nmessage A { string s = 1 [(mark) = "x"]; }'),
    'opt.proto': proto(
      'import "google/protobuf/descriptor.proto";\nextend google.protobuf.FieldOptions { string mark = 50000; }',
    ),
  };
  const all = read(files);
  expect(messageOf(all, 'sample.A')?.fields[0]?.options).toStrictEqual({ '(sample.mark)': 'x' });
  expect(all.notEmbedded).toStrictEqual(['google/protobuf/descriptor.proto']);
  const some = read(files, ['opt.proto']);
  expect(messageOf(some, 'sample.A')?.fields[0]).not.toHaveProperty('options');
  expect(some.notEmbedded).toStrictEqual(['opt.proto']);
});

test('types of a public import are visible, those of an ordinary one are not passed on', () => {
  const files = {
    'a.proto': proto('import "b.proto";\nmessage A { C c = 1; }'),
    'c.proto': proto('message C {}'),
  };
  const through = (keyword: string) =>
    read({ ...files, 'b.proto': proto(`import ${keyword} "c.proto";`) });
  expect(messageOf(through('public'), 'sample.A')?.fields[0]?.type).toBe('sample.C');
  expect(() => through('')).toThrow('a.proto:4: no such type in this file or its imports: C');
});

test.each([
  ['message A {\n  string s = 1\n}', 5, "illegal token '}', ';' expected"],
  [
    'message A {\n  string s = 1;\n  string s = 2;\n}',
    5,
    'sample.A.s is already declared on line 4',
  ],
  ['message A {\n  string s = 1;\n  string t = 1;\n}', 5, 'number 1 of "t" is already that of "s"'],
  [
    'message A {\n  string s = 8;\n  string t = 0x8;\n}',
    5,
    'number 8 of "t" is already that of "s"',
  ],
  ['message A {\n  Missing m = 1;\n}', 4, 'no such type in this file or its imports: Missing'],
  ['message A {\n  required string s = 1;\n}', 4, "illegal token 'required'"],
  ['message A {\n  string s = 19000;\n}', 4, 'numbers 19000 to 19999 belong to protobuf itself'],
  ['message A {\n  string s = 0;\n}', 4, 'number 0 is outside 1 to 536870911'],
  ['message A {\n  optional group G = 1 {}\n}', 4, 'groups are not supported'],
  ['message A {\n  extensions 100 to 200;\n}', 4, 'extension ranges are not supported'],
  ['message A {\n  option (o) = { a: 1 };\n}', 4, 'option values in braces are not supported'],
  ['message A {\n  string s = 1 [(none) = 1];\n}', 4, 'no such option in this file'],
  ['enum E {\n  A = 1;\n}', 3, 'the first value of an enum must be 0'],
  ['enum E {\n  A = 0;\n  B = 0;\n}', 5, 'number 0 of "B" is already that of "A"'],
  ['message A {}\n\nmessage A {}', 5, 'sample.A is already declared on line 3'],
  ['service S {\n  rpc X(A) returns (A);\n}\nenum A { Z = 0; }', 4, 'sample.A is not a message'],
  ['message A { message A', 3, 'illegal token'],
  ['message A {\n  string s = 1; // "unfinished\n  string = "\n', 5, 'illegal string'],
])('%j is refused on line %i: %s', (body, line, reason) => {
  const folder = folderOf({ 'sub/a.proto': proto(body) });
  const start = `${join(folder, 'sub/a.proto')}:${line}: ${reason}`;
  expect(() => readProtos([folder], source)).toThrow(start);
});

test.each([
  ['syntax = "proto2";\nmessage A {}', 'syntax "proto2" is not supported; the contract is proto3'],
  ['\nmessage A {}', 'no syntax = "proto3"; proto2 is not supported'],
  ['edition = "2023";\nmessage A {}', 'edition "2023" is not supported; the contract is proto3'],
])('%j is refused', (text, reason) => {
  expect(() => read({ 'a.proto': text })).toThrow(`a.proto:1: ${reason}`);
});

test('an import that is nowhere, an empty folder and no folder are refused', () => {
  const folder = folderOf({ 'a.proto': proto('import "gone.proto";') });
  expect(() => readProtos([folder], source)).toThrow(
    `${join(folder, 'a.proto')}:3: imports gone.proto, which is in none of the folders`,
  );
  const empty = folderOf({ 'readme.txt': '' });
  expect(() => readProtos([empty], source)).toThrow(`${empty}: holds no .proto file`);
  expect(() => readProtos([join(empty, 'none')], source)).toThrow('none: cannot be read');
});
