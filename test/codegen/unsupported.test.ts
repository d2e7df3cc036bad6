import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTree } from '../../codegen/load.js';
import { folderOf } from './protos/support.js';
import { outputsOf, readRow, tableOf } from './support.js';

const head = 'syntax = "proto3";\npackage sample;\n';

describe('input that is no proto3 is refused with file and line', () => {
  it.each([
    ['proto2', 'syntax = "proto2";', 1, 'syntax "proto2" is not supported'],
    ['no syntax', 'message A {}', 1, 'no syntax = "proto3"'],
    ['an edition', '// first\nedition = "2023";', 2, 'edition "2023" is not supported'],
    [
      'a group',
      `${head}message A {\n  repeated group G = 1 { int32 a = 2; }\n}`,
      4,
      'groups are not supported',
    ],
    [
      'an extension range',
      `${head}message A {\n  extensions 4 to 5;\n}`,
      4,
      'extension ranges are not supported',
    ],
    [
      'an extension used as a field',
      `${head}message A {}\nextend A {\n  int32 more = 100;\n}`,
      5,
      'extensions are only supported as options, not of sample.A',
    ],
    ['an unknown type', `${head}message A {\n  Gone gone = 1;\n}`, 4, 'no such type'],
    ['a number used twice', `${head}message A {\n  int32 a = 1;\n  int32 b = 1;\n}`, 5, 'number 1'],
    ['an enum without zero', `${head}enum E {\n  ONE = 1;\n}`, 3, 'must be 0'],
    ['a map with message keys', `${head}message A {\n  map<A, string> a = 1;\n}`, 4, "type 'A'"],
    ['a cut file', `${head}message A {\n  int32 a = 1;`, 4, 'end of input'],
    [
      'a default of proto2',
      `${head}message A {\n  int32 a = 1 [\n    deprecated = true, default = 3];\n}`,
      5,
      'default values are not supported',
    ],
    [
      'a message set',
      `${head}message A {\n  option message_set_wire_format = true;\n}`,
      4,
      'message sets are not supported',
    ],
    [
      'a number that is reserved',
      `${head}message A {\n  oneof o {\n    int32 a = 7;\n  }\n  reserved 2, 5 to max;\n}`,
      5,
      'number 7 of "a" is reserved',
    ],
    [
      'a name that is reserved',
      `${head}message A {\n  reserved "b", "a";\n  int32 a = 7;\n}`,
      5,
      'name "a" is reserved',
    ],
    [
      'an enum value that is reserved',
      `${head}enum E {\n  reserved -3 to -1;\n  ZERO = 0;\n  NEGATIVE = -2;\n}`,
      6,
      'number -2 of "NEGATIVE" is reserved',
    ],
    ['an import that is not there', `${head}import "gone.proto";`, 3, 'imports gone.proto'],
  ])('%s', (_, text, line, reason) => {
    const folder = folderOf({ 'sample.proto': text });
    const read = () => loadTree(folder);
    expect(read).toThrow(`${join(folder, 'sample.proto')}:${line}: `);
    expect(read).toThrow(reason);
  });
});

describe('types that describe protos are refused as those of fields, with what to do', () => {
  it.each([
    'google.protobuf.FieldDescriptorProto',
    'google.protobuf.FieldDescriptorProto.Type',
    '.google.protobuf.FileOptions',
    'google.protobuf.MethodOptions',
  ])('%s', (type) => {
    const text = `${head}import "google/protobuf/descriptor.proto";\nmessage A {\n  ${type} a = 1;\n}`;
    const folder = folderOf({ 'sample.proto': text });
    expect(() => loadTree(folder)).toThrow(
      `${join(folder, 'sample.proto')}:5: ${type} is of google/protobuf/descriptor.proto, which is ` +
        'proto2: no field can have its type. Leave the file out: --skip sample.proto',
    );
  });
});

it('a type of a file that is left out is refused with the name of that file', () => {
  const folder = folderOf({
    'sample.proto': `${head}import "other.proto";\nmessage A { other.B b = 1; }`,
    'other.proto': 'syntax = "proto2"; package other; message B {}',
  });
  expect(() => loadTree(folder, ['other.proto'])).toThrow(
    'no such type in this file or its imports: other.B; left out of them: other.proto',
  );
});

it('default may be the name of a field and of an enum value', () => {
  const text = `${head}message A {\n  string default = 1;\n}\nenum E {\n  default = 0;\n}`;
  expect(() => loadTree(folderOf({ 'sample.proto': text }))).not.toThrow();
});

describe('options for other tools are passed over', () => {
  const files = {
    'sample.proto': `
      syntax = "proto3";
      package sample;
      import "google/protobuf/descriptor.proto";
      import "options.proto";
      option java_package = "x.y";
      option (other.file) = { a: 1 b: [ { c: "}" }, { c: ";" } ] };

      message Request {
        option (other.message).rule = true;
        extend google.protobuf.FieldOptions { string inside = 50001; }
        string name = 1 [(other.field) = { a: 1, b { c: "x" } }, json_name = "not used", (Request.inside) = "y"];
        repeated string list = 2 [(other.many) = "a", (other.many) = "b"];
        reserved 10 to max;
        reserved "old";
      }

      service Service {
        option (other.service) = 3;
        rpc Get(Request) returns (.sample.Request) {
          option (other.http) = {
            get: "/v1/{name=*}"
            additional_bindings { post: "/v1" body: "*" }
          };
        }
      }
    `,
    // Left out: not even proto3.
    'options.proto': 'edition = "2023"; package other;',
  };

  it('whatever their form is', () => {
    const outputs = outputsOf(files, tableOf({ Get: readRow }), { skip: ['options.proto'] });
    expect(outputs.get('messages/sample.ts')).toContain('  name: string;\n  list: string[];\n}');
  });
});
