import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import {
  formatMachineConfig,
  MachineConfigError,
  parseMachineConfig,
} from '../../../src/machine-config/index.js';
import { configs } from '../../machine-config/support/arbitrary-configs.js';
import { mutated, randomOf } from '../../machine-config/support/mutations.js';
import {
  casesOf,
  type FormatVector,
  generatedConfigs,
} from '../../machine-config/support/vectors.js';
import { ConfigOracle } from '../support/config-oracle.js';

const oracle = ConfigOracle.start();
afterAll(() => oracle[Symbol.dispose]());

/** What an older module of Talos does not know, or cannot read. */
const unknown = /not registered|unknown keys found|meta\.ArgValue/;

/** Fields that the older module always writes, which newer ones leave out while empty. */
function withoutNews(text: string): string {
  return text
    .replace(/\ncluster:\n {4}controlPlane: null\n(?! {4})/g, '\ncluster: {}\n')
    .replace(/\n {4}controlPlane: null(?=\n|$)/g, '');
}

it('random configurations are written byte for byte as Talos writes them', async () => {
  let compared = 0;
  for (const config of fc.sample(configs(), 400)) {
    const text = formatMachineConfig(config);
    const answer = await oracle.ask({ text });
    if (answer.error !== undefined) continue;
    if (isExplained(text)) continue;
    expect(withoutNews(answer.text)).toBe(withoutNews(text));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(80);
});

/** A protocol that is not given has no word, and an encryption without provider and keys is dropped. */
function isExplained(text: string): boolean {
  return /kind: NetworkRuleConfig|provider: none/.test(text);
}

it('texts and keys of any characters are written byte for byte as Talos writes them', async () => {
  const unit = fc.constantFrom(
    ...['a', 'Z', '0', '9', '.', '-', '+', 'e', '_', ' ', '\n', '\t', ':', '#', "'", '"'],
    ...['\r', '\u0085', 'é', '😀', '[', '{', '!', '%', '&', '*', '?', '|', '>', '@', '`', ',', '~'],
  );
  const text = fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit, maxLength: 10 }) },
    fc.constantFrom('yes', 'NULL', '0o17', '1e3', '2026-01-02', '12:30', '...', '---', '<<', '0b1'),
  );
  for (const params of fc.sample(fc.dictionary(text, text, { maxKeys: 4 }), 800)) {
    const input = `apiVersion: v1alpha1\nkind: SysctlConfig\nparams: ${JSON.stringify(params).replaceAll('\u0085', '\\u0085')}\n`;
    const answer = await oracle.ask({ text: input });
    // Blanks behind empty first lines get lost in blocks of Talos: here they are escaped.
    if (
      Object.entries(params)
        .flat()
        .some((each) => /^\n+ /.test(each))
    )
      continue;
    expect(formatMachineConfig(parseMachineConfig(input))).toBe(answer.text);
  }
});

it('what Talos refuses is refused, and what it takes is taken', async () => {
  const corpus = [
    ...generatedConfigs().map(({ text }) => text),
    ...casesOf<FormatVector>('format.json').map(({ Input }) => Input),
    ...fc.sample(configs(), 60).map((config) => formatMachineConfig(config)),
  ];
  const known: string[] = [];
  for (const text of corpus) if ((await oracle.ask({ text })).error === undefined) known.push(text);
  const random = randomOf(20_260_101);
  const differences: string[] = [];
  let taken = 0;
  for (let round = 0; round < 1500; round += 1) {
    const text = mutated(known[random(known.length)] ?? '', random);
    // Talos' YAML library drops marks of byte order wherever they stand, and takes the separators of
    // lines and paragraphs for ends of lines, as YAML 1.1 did.
    if (/[\ufeff\u2028\u2029]/.test(text)) continue;
    const answer = await oracle.ask({ text });
    const problem = problemOf(text);
    if (answer.error === undefined) taken += 1;
    if (answer.error === undefined && problem !== undefined && !isStricter(problem)) {
      differences.push(`refused here: ${problem}`);
    }
    const isRefusedThere = answer.error !== undefined && !unknown.test(answer.error);
    if (isRefusedThere && problem === undefined && !isLenient(answer.error ?? '')) {
      differences.push(`refused by Talos: ${answer.error}`);
    }
  }
  expect(taken).toBeGreaterThan(150);
  expect(differences).toEqual([]);
});

function problemOf(text: string): string | undefined {
  try {
    parseMachineConfig(text);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(MachineConfigError);
    return (error as Error).message;
  }
}

/** Where this library asks for more than Talos, which finds out later or never. */
function isStricter(problem: string): boolean {
  return [
    // Talos' YAML library reads a few texts that YAML 1.2 does not allow.
    /is not valid YAML/,
    // The schema's words and patterns, where no validation of Talos has a message for them.
    /version: must be one of v1alpha1/,
    /must be a text that matches/,
    /must be one of/,
    // A null among values that cannot be empty.
    /null says nothing here/,
    // Integers beyond what JavaScript and any such field can hold.
    /must be an integer/,
    /must be a URL/,
    // Talos looks for the keys of the old document among values too, and then takes any version.
    /another apiVersion/,
    /came with Talos|is no longer known/,
  ].some((pattern) => pattern.test(problem));
}

/** Where the YAML parser here reads what Talos' own does not: a comma too many in brackets. */
function isLenient(error: string): boolean {
  return /go-yaml load error in (?:parser|scanner)/.test(error);
}
