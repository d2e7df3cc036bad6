import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { drift } from '../../../codegen/check.js';
import { format, type Output } from '../../../codegen/format.js';
import { loadTree } from '../../../codegen/load.js';
import { Renderer } from '../../../codegen/render.js';
import { printResources } from '../../../codegen/resources/generate.js';
import { writeOutputs } from '../../../codegen/write.js';
import { folderOf, repository } from '../protos/support.js';
import { templates } from '../support.js';

// A small contract, a table of kinds and facts, and what must come out, which is type-checked with
// the rest of the tests. UPDATE_GOLDEN=1 writes the output anew.
const golden = join(repository, 'test/codegen/resources/golden');
const read = (file: string) => readFileSync(join(golden, file), 'utf8');

function print(schemas = golden): Output[] {
  const renderer = new Renderer(templates, { runtime: '../../../../../src/runtime' });
  return printResources(loadTree(join(golden, 'input')), schemas, renderer, '../page.md');
}

/** Prints with another table or other facts. */
function printWith(change: {
  readonly table?: (table: Table) => void;
  readonly facts?: (facts: Facts) => void;
}): Output[] {
  const table = JSON.parse(read('kinds.json')) as Table;
  const facts = parse(read('facts.yaml')) as Facts;
  change.table?.(table);
  change.facts?.(facts);
  return print(folderOf({ 'kinds.json': JSON.stringify(table), 'facts.yaml': stringify(facts) }));
}

interface Table {
  releases: string[];
  kinds: { type: string; go: string; namespace: string }[];
  structures: Record<string, { key: string; number: number; type: string }[]>;
}

type Facts = Record<string, Record<string, unknown> & unknown[]>;

it('comes out as it is written down', () => {
  const outputs = format(print());
  const output = join(golden, 'output');
  if (process.env.UPDATE_GOLDEN === '1') writeOutputs(output, outputs);
  expect(drift(output, outputs)).toStrictEqual([]);
});

it('is the same in each run', () => {
  expect(print()).toStrictEqual(print());
});

describe('what does not fit together stops the run', () => {
  it('a table of another release', () => {
    expect(() => printWith({ table: (table) => table.releases.push('1.15') })).toThrow(
      'the contract is of Talos 1.14, the table of kinds of 1.15',
    );
  });

  it('a Go type that nobody knows', () => {
    const table = ({ structures }: Table) => {
      structures['demo.Part']?.push({ key: 'x', number: 1, type: 'other.Thing' });
    };
    expect(() => printWith({ table })).toThrow(
      'demo.Part.x: nothing is known of other.Thing: say what it is in facts.yaml',
    );
  });

  it('a type that the contract has otherwise', () => {
    const table = ({ structures }: Table) => {
      structures['demo.LampSpec']?.push({ key: 'x', number: 5, type: 'string' });
    };
    expect(() => printWith({ table })).toThrow(
      'demo.LampSpec.x: string is text, but the contract has uint64',
    );
  });

  it('one value where the contract has many', () => {
    const table = ({ structures }: Table) => {
      structures['demo.Part']?.push({ key: 'x', number: 2, type: 'string' });
    };
    expect(() => printWith({ table })).toThrow('demo.Part.x is single, but the contract has map');
  });

  it('a field that the contract lacks', () => {
    const table = ({ structures }: Table) => {
      structures['demo.Part']?.push({ key: 'x', number: 9, type: 'string' });
    };
    expect(() => printWith({ table })).toThrow(
      'demo.Part: talos.resource.definitions.demo.Part has no field 9',
    );
  });

  it('a kind without a sentence', () => {
    const facts = (all: Facts) => {
      delete all.texts;
    };
    expect(() => printWith({ facts })).toThrow(
      'Switches.demo.talos.dev has no sentence: write one under texts of facts.yaml',
    );
  });

  it('two things of one name', () => {
    const facts = (all: Facts) => {
      Object.assign(all, { names: { 'Switches.demo.talos.dev': 'LampSpec' } });
    };
    expect(() => printWith({ facts })).toThrow(/LampSpec stands twice in the group demo/);
  });

  it('facts that mean nothing', () => {
    const facts = (all: Facts) => {
      Object.assign(all, { colours: {} });
    };
    expect(() => printWith({ facts })).toThrow(/colours has no meaning/);
  });
});

it('an enum whose words are not certain is read from YAML alone', () => {
  const facts = (all: Facts) => {
    delete all.words;
    Object.assign(all, { unknownWords: ['demo.Color'] });
  };
  const text = printWith({ facts })
    .map(({ text }) => text)
    .join('\n');
  expect(text).toContain('spec: { shape: lampSpecShape, onlyYaml: true }');
  expect(text).toContain('readonly color: string;');
});
