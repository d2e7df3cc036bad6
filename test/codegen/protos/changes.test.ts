import { expect, test } from 'vitest';
import { compareContracts } from '../../../codegen/protos/changes.js';
import { readProtos } from '../../../codegen/protos/read-protos.js';
import { reportLines } from '../../../codegen/protos/report.js';
import { folderOf } from './support.js';

/** The changes between two bodies of one file, each as `effect kind name: detail`. */
function changes(before: string, after: string): string[] {
  const read = (body: string) => {
    const text = `syntax = "proto3";\npackage p;\n${body}`;
    return readProtos([folderOf({ 'p.proto': text })], { talos: 'v1.0.0' });
  };
  return compareContracts(read(before), read(after)).map(({ effect, kind, name, detail }) =>
    detail === '' ? `${effect} ${kind} ${name}` : `${effect} ${kind} ${name}: ${detail}`,
  );
}

const message = (body: string) => `message M { ${body} } message N {} enum E { ZERO = 0; }`;
const facts = (body: string) => `enum E { ${body} }`;
const service = (body: string) => `message A {} message B {} service S { ${body} }`;

test.each([
  ['string a = 1;', 'string a = 1;', []],
  ['', 'string a = 1;', ['came field p.M.a']],
  ['string a = 1;', '', ['gone field p.M.a']],
  ['string a = 1;', 'bytes a = 1;', ['compatible field p.M.a: #1 string → bytes']],
  ['int32 a = 1;', 'int64 a = 1;', ['compatible field p.M.a: #1 int32 → int64']],
  ['bool a = 1;', 'optional uint32 a = 1;', ['compatible field p.M.a: #1 bool → optional uint32']],
  ['int32 a = 1;', 'E a = 1;', ['compatible field p.M.a: #1 int32 → p.E']],
  ['fixed32 a = 1;', 'sfixed32 a = 1;', ['compatible field p.M.a: #1 fixed32 → sfixed32']],
  ['int32 a = 1;', 'sint32 a = 1;', ['breaks field p.M.a: #1 int32 → sint32']],
  ['int32 a = 1;', 'fixed32 a = 1;', ['breaks field p.M.a: #1 int32 → fixed32']],
  ['fixed32 a = 1;', 'fixed64 a = 1;', ['breaks field p.M.a: #1 fixed32 → fixed64']],
  ['float a = 1;', 'double a = 1;', ['breaks field p.M.a: #1 float → double']],
  ['bytes a = 1;', 'N a = 1;', ['breaks field p.M.a: #1 bytes → p.N']],
  [
    'repeated int32 a = 1;',
    'repeated int64 a = 1;',
    ['compatible field p.M.a: #1 repeated int32 → repeated int64'],
  ],
  [
    'string a = 1;',
    'repeated string a = 1;',
    ['compatible field p.M.a: #1 string → repeated string'],
  ],
  ['repeated N a = 1;', 'N a = 1;', ['compatible field p.M.a: #1 repeated p.N → p.N']],
  ['int32 a = 1;', 'repeated int32 a = 1;', ['breaks field p.M.a: #1 int32 → repeated int32']],
  ['E a = 1;', 'repeated E a = 1;', ['breaks field p.M.a: #1 p.E → repeated p.E']],
  [
    'map<int32, string> a = 1;',
    'map<int64, bytes> a = 1;',
    ['compatible field p.M.a: #1 map<int32, string> → map<int64, bytes>'],
  ],
  [
    'repeated N a = 1;',
    'map<string, N> a = 1;',
    ['breaks field p.M.a: #1 repeated p.N → map<string, p.N>'],
  ],
  ['string a = 1;', 'optional string a = 1;', ['changed field p.M.a: #1 string → optional string']],
  ['string a = 1;', 'string a = 2;', ['breaks field p.M.a: #1 string → #2 string']],
  ['N a = 1;', 'M a = 1;', ['breaks field p.M.a: #1 p.N → p.M']],
  [
    'map<string, N> a = 1;',
    'map<int32, N> a = 1;',
    ['breaks field p.M.a: #1 map<string, p.N> → map<int32, p.N>'],
  ],
  [
    'string a = 1;',
    'int32 b = 1;',
    ['gone field p.M.a', 'came field p.M.b', 'breaks field p.M.b: #1 was a, string → int32'],
  ],
  [
    'int32 a = 1;',
    'int64 b = 1;',
    ['gone field p.M.a', 'came field p.M.b', 'breaks field p.M.b: #1 was a, int32 → int64'],
  ],
  [
    'string a = 1;',
    'string b = 1;',
    ['gone field p.M.a', 'came field p.M.b', 'changed field p.M.b: #1 was named a'],
  ],
  ['string a = 1;', 'oneof o { string a = 1; }', ['changed field p.M.a: oneof none → o']],
  [
    'repeated int32 a = 1;',
    'repeated int32 a = 1 [packed = false];',
    ['changed field p.M.a: packed true → false'],
  ],
  [
    'string a = 1;',
    'string a = 1 [deprecated = true];',
    ['changed field p.M.a: not deprecated → deprecated'],
  ],
  [
    'string a = 1;',
    'string a = 1; reserved 5 to 7, 9; reserved "x";',
    ['changed message p.M: reserved [] → [5-7, 9, x]'],
  ],
])('message: %s → %s', (before, after, expected) => {
  expect(changes(message(before), message(after))).toStrictEqual(expected);
});

test.each([
  ['A = 0;', 'A = 0; B = 1;', ['came value p.E.B']],
  ['A = 0; B = 1;', 'A = 0;', ['gone value p.E.B']],
  ['A = 0; B = 1;', 'A = 0; B = 2;', ['breaks value p.E.B: number 1 → 2']],
  [
    'A = 0; B = 1;',
    'A = 0; C = 1;',
    ['gone value p.E.B', 'came value p.E.C', 'changed value p.E.C: number 1 was named B'],
  ],
  [
    'A = 0;',
    'option allow_alias = true; A = 0; B = 0;',
    ['changed enum p.E: aliases not allowed → allowed', 'came value p.E.B'],
  ],
])('enum: %s → %s', (before, after, expected) => {
  expect(changes(facts(before), facts(after))).toStrictEqual(expected);
});

test.each([
  ['rpc R(A) returns (A);', '', ['gone rpc p.S.R']],
  ['', 'rpc R(A) returns (A);', ['came rpc p.S.R']],
  ['rpc R(A) returns (A);', 'rpc R(B) returns (A);', ['breaks rpc p.S.R: request p.A → p.B']],
  ['rpc R(A) returns (A);', 'rpc R(A) returns (B);', ['breaks rpc p.S.R: response p.A → p.B']],
  [
    'rpc R(A) returns (A);',
    'rpc R(A) returns (stream A);',
    ['breaks rpc p.S.R: streaming unary → server-stream'],
  ],
  [
    'rpc R(stream A) returns (A);',
    'rpc R(stream A) returns (stream A);',
    ['breaks rpc p.S.R: streaming client-stream → duplex'],
  ],
  [
    'rpc R(A) returns (A);',
    'rpc R(A) returns (A) { option deprecated = true; }',
    ['changed rpc p.S.R: not deprecated → deprecated'],
  ],
])('service: %s → %s', (before, after, expected) => {
  expect(changes(service(before), service(after))).toStrictEqual(expected);
});

test('members of what came or went are not listed, RPCs are', () => {
  expect(changes('message A { string a = 1; }', service('rpc R(A) returns (A);'))).toStrictEqual([
    'came service p.S',
    'came rpc p.S.R',
    'gone field p.A.a',
    'came message p.B',
  ]);
});

test('the report has one line a change, breaks and gone RPCs first, then totals', () => {
  expect(
    reportLines([
      { effect: 'came', kind: 'field', name: 'p.M.b', detail: '' },
      { effect: 'compatible', kind: 'field', name: 'p.M.c', detail: '#3 int32 → int64' },
      { effect: 'gone', kind: 'message', name: 'p.N', detail: '' },
      { effect: 'breaks', kind: 'field', name: 'p.M.a', detail: '#1 string → N' },
      { effect: 'gone', kind: 'rpc', name: 'p.S.R', detail: '' },
    ]),
  ).toStrictEqual([
    'BREAKS     field     p.M.a: #1 string → N',
    'gone       rpc       p.S.R',
    'gone       message   p.N',
    'compatible field     p.M.c: #3 int32 → int64',
    'came       field     p.M.b',
    '',
    'RPCs: +0, -1',
    'messages: +0, -1',
    'fields: +1, -0, 1 with a compatible type, 1 BREAK THE WIRE',
  ]);
  expect(reportLines([])).toStrictEqual(['No fact changed.']);
});
