import { describe, expect, it } from 'vitest';
import { type Facts, readFactsFile } from '../../../codegen/machine-config/facts.js';
import { machineConfigFiles } from '../../../codegen/machine-config/files.js';
import { loadMachineConfigModel } from '../../../codegen/machine-config/generate.js';
import { buildMachineConfigModel } from '../../../codegen/machine-config/model.js';
import { structuresFormat } from '../../../codegen/machine-config/structures.js';
import { Texts } from '../../../codegen/machine-config/texts.js';
import { kinds } from '../../../src/machine-config/structure/structure.js';

const schemas = 'schemas/machine-config';
const none: Facts = {
  ...readFactsFile(`${schemas}/facts.yaml`),
  judged: [],
  secrets: [],
  lists: {},
  formats: {},
  names: {},
};

function tableOf(fields: object[], more: Record<string, object[]> = {}) {
  const structures = Object.fromEntries(
    Object.entries({ 'a.Thing': fields, ...more }).map(([name, rows]) => [name, { fields: rows }]),
  );
  return {
    format: structuresFormat,
    releases: ['1.9'],
    documents: [{ kind: 'ThingConfig', structure: 'a.Thing' }],
    structures,
  } as never;
}

describe('the generator stops', () => {
  it.each([
    [
      'a type that nobody explains',
      [{ key: 'x', type: 'odd.Type' }],
      {},
      /a\.Thing\.x: the type odd\.Type is unknown/,
    ],
    [
      'two structures of one name',
      [
        { key: 'x', type: 'b.Part' },
        { key: 'y', type: 'c.Part' },
      ],
      { 'b.Part': [], 'c.Part': [] },
      /both Part in TypeScript/,
    ],
  ])('at %s', (_, fields, more, message) => {
    const table = tableOf(fields, more);
    expect(() => buildMachineConfigModel(table, none, new Texts([]))).toThrow(message);
  });

  it('at facts and texts about something that is not there', () => {
    const table = tableOf([{ key: 'x', type: 'string' }]);
    const facts = { ...none, secrets: ['a.Thing.y'] };
    expect(() => buildMachineConfigModel(table, facts, new Texts([]))).toThrow(
      /secrets a\.Thing\.y/,
    );
    const texts = new Texts([['a.Thing', { fields: { z: 'text' } }]]);
    expect(() => buildMachineConfigModel(table, none, texts)).toThrow(
      /nothing is called a\.Thing\.z/,
    );
  });
});

describe('the model of the repository', () => {
  const model = loadMachineConfigModel(schemas);

  it('has 89 kinds besides v1alpha1, with the names that the code has', () => {
    const names = model.kinds.map(({ kind }) => kind);
    expect(names.length).toBe(90);
    expect(names).toEqual(
      expect.arrayContaining([
        'v1alpha1',
        'UnattendedInstallConfig',
        'KubeSpanEndpointsConfig',
        'ImageVerificationConfig',
      ]),
    );
    expect(names).not.toContain('UnattendedInstall');
  });

  it('has words for every structure, and what took the place of what newer releases deprecate', () => {
    expect(model.structures.filter(({ text }) => text.text === '').map(({ id }) => id)).toEqual([]);
    const silent = model.structures.flatMap(({ id, fields }) =>
      fields
        .filter(({ deprecated }) => deprecated !== undefined && deprecated !== '1.9')
        .filter(({ instead, text }) => instead === undefined && text === '')
        .map(({ key }) => `${id}.${key}`),
    );
    expect(silent).toEqual([]);
  });

  it('is what the table at run time holds', () => {
    const lines = machineConfigFiles(model).find(
      ({ template }) => template === 'machine-config-table',
    );
    expect(lines).toBeDefined();
    for (const { kind, structure, named, since } of model.kinds) {
      const info = kinds().find((each) => each.kind === kind);
      expect({ kind, named, since }).toEqual({ kind, named: info?.named, since: info?.since });
      expect(info?.structure.fields.map(({ key }) => key)).toEqual(
        structure.fields.map(({ key }) => key),
      );
    }
  });
});
