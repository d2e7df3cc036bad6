import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  kindLines,
  type ResourceFacts,
  readKindTable,
  updateKindTable,
  writeKindTable,
} from '../../../codegen/resources/update.js';
import { repository, temporaryFolder } from '../protos/support.js';

function facts(talos: string, more: Partial<ResourceFacts> = {}): ResourceFacts {
  return {
    format: 'talos-resource-specs/1',
    talos,
    ids: { 'demo.LampID': 'lamp' },
    kinds: [
      { extension: 'demo.LampExtension', type: 'Lamps.demo', namespace: 'demo' },
      { extension: 'demo.FanMD', type: 'Fans.demo', namespace: 'demo', sensitivity: 'Sensitive' },
    ],
    structs: { 'demo.LampSpec': [{ yaml: 'colour', number: 1, type: 'string', omitEmpty: true }] },
    ...more,
  };
}

const older = updateKindTable(undefined, facts('v1.13.2')).table;

describe('the table of kinds', () => {
  it('has a row for each kind, sorted, without a release for the oldest', () => {
    expect(older).toEqual({
      format: 'talos-resource-kinds/1',
      releases: ['1.13'],
      ids: { 'demo.LampID': 'lamp' },
      kinds: [
        { type: 'Fans.demo', go: 'demo.Fan', namespace: 'demo', sensitive: true },
        { type: 'Lamps.demo', go: 'demo.Lamp', namespace: 'demo' },
      ],
      structures: {
        'demo.LampSpec': [{ key: 'colour', number: 1, type: 'string', omitEmpty: true }],
      },
    });
  });

  it('notes the release of what is new, forgets what is gone, and tells both', () => {
    const { table, changes } = updateKindTable(
      older,
      facts('v1.14.0', {
        kinds: [
          {
            extension: 'demo.LampExtension',
            type: 'Lamps.demo',
            namespace: 'house',
            aliases: ['l'],
          },
          { extension: 'demo.BellExtension', type: 'Bells.demo', namespace: 'demo' },
        ],
      }),
    );
    expect(table.releases).toEqual(['1.13', '1.14']);
    expect(table.kinds).toEqual([
      { type: 'Bells.demo', go: 'demo.Bell', namespace: 'demo', since: '1.14' },
      { type: 'Lamps.demo', go: 'demo.Lamp', namespace: 'house', aliases: ['l'] },
    ]);
    expect(kindLines(changes)).toEqual([
      'Kind removed: Fans.demo',
      'Kind added: Bells.demo',
      'Kind changed: Lamps.demo',
    ]);
    const again = updateKindTable(table, facts('v1.15.0', { kinds: [] }));
    expect(again.table.kinds).toEqual([]);
  });

  it('remembers the key that a field had', () => {
    const structs = { 'demo.LampSpec': [{ yaml: 'color', number: 1, type: 'string' }] };
    const { table } = updateKindTable(older, facts('v1.14.0', { structs }));
    const expected = [{ key: 'color', olderKey: 'colour', number: 1, type: 'string' }];
    expect(table.structures['demo.LampSpec']).toEqual(expected);
    const later = updateKindTable(table, facts('v1.15.0', { structs }));
    expect(later.table.structures['demo.LampSpec']).toEqual(expected);
  });

  it('does not take another field for it', () => {
    const structs = {
      'demo.LampSpec': [
        { yaml: 'power', number: 1, type: 'int' },
        { yaml: 'colour', number: 2, type: 'string' },
      ],
    };
    const { table } = updateKindTable(older, facts('v1.14.0', { structs }));
    expect(JSON.stringify(table)).not.toContain('olderKey');
  });

  it('is the same when the release is brought in again', () => {
    const { table, changes } = updateKindTable(older, facts('v1.13.9'));
    expect(table).toEqual(older);
    expect(kindLines(changes)).toEqual([]);
  });

  it('refuses an older release, and fields without a number', () => {
    expect(() => updateKindTable(older, facts('v1.12.0'))).toThrow(/1\.12 is older than the table/);
    const structs = { 'demo.LampSpec': [{ yaml: 'x', type: 'string' }] };
    expect(() => updateKindTable(undefined, facts('v1.14.0', { structs }))).toThrow(
      'demo.LampSpec.x has no number in its protobuf',
    );
  });

  it('is written a line for each kind and field, and read again', () => {
    const file = join(temporaryFolder(), 'kinds.json');
    writeKindTable(file, older);
    expect(readKindTable(file)).toEqual(older);
    expect(readFileSync(file, 'utf8')).toContain(
      '\n    {"type":"Lamps.demo","go":"demo.Lamp","namespace":"demo"}\n',
    );
  });

  it('of the repository is as the update writes it', () => {
    const own = join(repository, 'schemas/resources/kinds.json');
    const file = join(temporaryFolder(), 'kinds.json');
    writeKindTable(file, readKindTable(own));
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(own, 'utf8'));
  });
});
