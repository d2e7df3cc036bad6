import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  MachineConfigFactsError,
  readReleaseFacts,
} from '../../../codegen/machine-config/contract.js';
import { readFactsFile } from '../../../codegen/machine-config/facts.js';
import { emptyTable, withRelease } from '../../../codegen/machine-config/merge.js';
import { reportLines } from '../../../codegen/machine-config/report.js';
import type { StructureTable } from '../../../codegen/machine-config/structures.js';
import { readTable, tableText } from '../../../codegen/machine-config/update.js';

const folder = mkdtempSync(join(tmpdir(), 'talos-client-facts-'));
const facts = readFactsFile(file('facts.yaml', 'renamedKinds: {Ping: PingConfig}\n'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function contract(types: object, documents: object[] = []): string {
  return file('contract.json', { format: 'talos-config-contract/1', documents, types });
}

function structs(content: object): string {
  return file('structs.json', { format: 'talos-config-structs/1', structs: content });
}

const ping = [
  { key: '', type: '.Meta', inline: true },
  { key: 'name', type: 'string' },
  { key: 'count', type: '*int', omitEmpty: true },
];

const meta = [{ key: 'kind', type: 'string' }];

function first(): StructureTable {
  const from = [
    contract(
      { 'net.Ping': { properties: { name: {}, count: { enum: [1, 2] } }, required: ['name'] } },
      [{ kind: 'Ping', type: 'net.Ping' }],
    ),
    structs({ 'net.Ping': ping, 'meta.Meta': meta }),
  ];
  return withRelease(emptyTable, '1.9', readReleaseFacts(from), facts);
}

describe('a release', () => {
  it('that is the first needs no since, and kinds go by the name that the code has', () => {
    const table = first();
    expect(table.documents).toEqual([{ kind: 'PingConfig', structure: 'net.Ping' }]);
    expect(table.structures['net.Ping']?.fields).toEqual([
      { key: '', type: 'meta.Meta' },
      { key: 'name', type: 'string', required: true },
      { key: 'count', type: '*int', omitEmpty: true, enum: ['1', '2'] },
    ]);
  });

  it('adds, retypes, deprecates and removes, and the report says so', () => {
    const before = first();
    const from = [
      contract({ 'net.Ping': { properties: { name: {}, size: {} }, required: [] } }, [
        { kind: 'Ping', type: 'net.Ping' },
        { kind: 'PongConfig', type: 'net.Pong' },
      ]),
      structs({
        'meta.Meta': meta,
        'net.Ping': [
          ping[0],
          { key: 'size', type: 'Size' },
          { key: 'name', type: '*string', deprecated: true },
        ],
        'net.Pong': [{ key: 'name', type: 'string' }],
      }),
    ];
    const after = withRelease(before, '1.10', readReleaseFacts(from), facts);
    expect(after.releases).toEqual(['1.9', '1.10']);
    expect(after.structures['net.Ping']?.fields).toEqual([
      { key: '', type: 'meta.Meta' },
      { key: 'size', type: 'Size', since: '1.10' },
      { key: 'count', type: '*int', omitEmpty: true, enum: ['1', '2'], removed: '1.10' },
      { key: 'name', type: '*string', deprecated: '1.10' },
    ]);
    expect(after.structures['net.Pong']).toEqual({
      since: '1.10',
      fields: [{ key: 'name', type: 'string' }],
    });
    expect(reportLines(before, after)).toEqual([
      'kinds that came (1):',
      '  PongConfig',
      'structures that came (1):',
      '  net.Pong',
      'fields (5):',
      '  net.Ping.size: came, Size',
      '  net.Ping.count: went',
      '  net.Ping.name: is deprecated now',
      '  net.Ping.name: type was string, is *string',
      '  net.Ping.name: required was true, is undefined',
    ]);
  });

  it('that is known already changes nothing when it is read again', () => {
    const before = first();
    const from = [structs({ 'net.Ping': ping, 'meta.Meta': meta })];
    const after = withRelease(before, '1.9', readReleaseFacts(from), facts);
    expect(after).toEqual(before);
    expect(reportLines(before, after)).toEqual([]);
  });

  it('that is known by its schema alone takes fields of inlined structures for no new ones', () => {
    const from = [
      structs({
        'net.Ping': [{ key: '', type: 'Common', inline: true }],
        'net.Common': [{ key: 'up', type: '*bool' }],
      }),
    ];
    const before = withRelease(emptyTable, '1.9', readReleaseFacts(from), facts);
    const schema = contract({
      'net.Ping': { properties: { up: { type: 'boolean' } } },
      'net.Common': { properties: { up: { type: 'boolean' } } },
    });
    const after = withRelease(before, '1.10', readReleaseFacts([schema]), facts);
    expect(reportLines(before, after)).toEqual([]);
  });

  it('that is known by its schema alone keeps pointers and what the schema leaves out', () => {
    const schema = file('config.schema.json', {
      $defs: {
        'net.Ping': {
          properties: {
            apiVersion: {},
            kind: { enum: ['Ping'] },
            name: { type: 'string' },
            hosts: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    });
    const after = withRelease(first(), '1.10', readReleaseFacts([schema]), facts);
    expect(after.structures['net.Ping']?.fields).toEqual([
      { key: '', type: 'meta.Meta' },
      { key: 'name', type: 'string' },
      { key: 'count', type: '*int', omitEmpty: true, enum: ['1', '2'], deprecated: '1.10' },
      { key: 'hosts', type: '[]string', omitEmpty: true, since: '1.10' },
    ]);
  });

  it('is refused when the files are something else', () => {
    expect(() => readReleaseFacts([file('x.json', {})])).toThrow(MachineConfigFactsError);
    expect(() => readReleaseFacts([file('x.json', 'nothing')])).toThrow(/x\.json/);
    expect(() => readFactsFile(file('y.yaml', 'secret: [a]'))).toThrow(/secret has no meaning/);
  });
});

it('a table is written so that it reads back the same, a field a line', () => {
  const table = first();
  const path = file('table.json', tableText(table));
  expect(readTable(path)).toEqual(table);
  expect(tableText(table)).toContain('\n    {"key":"name","type":"string","required":true},\n');
});

it('the table of the repository is written as the update writes it', () => {
  const path = 'schemas/machine-config/structures.json';
  expect(readFileSync(path, 'utf8')).toBe(tableText(readTable(path)));
});
