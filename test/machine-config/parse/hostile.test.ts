import { describe, expect, it } from 'vitest';
import {
  formatMachineConfig,
  MachineConfigError,
  parseMachineConfig,
  validateMachineConfig,
} from '../../../src/machine-config/index.js';
import { mutated, randomOf } from '../support/mutations.js';
import { casesOf, type FormatVector, generatedConfigs } from '../support/vectors.js';

/** How many mutated texts a run reads; `TALOS_CLIENT_MUTATIONS=1000000` reads a million. */
const rounds = Number(process.env.TALOS_CLIENT_MUTATIONS ?? 300);

/** Another number gives other texts. */
const seed = Number(process.env.TALOS_CLIENT_MUTATION_SEED ?? 1);

describe('texts made to hurt', () => {
  const bomb = (levels: number) =>
    `machine:\n  sysctls: &a0 {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x}\n${Array.from(
      { length: levels },
      (_, level) =>
        `  k${level}: &a${level + 1} [${Array.from({ length: 9 }, () => `*a${level}`).join(', ')}]\n`,
    ).join('')}`;

  it.each([
    ['aliases of aliases', bomb(12), /in proportion/],
    ['an alias of itself', 'machine: &a {x: *a}', /what it stands in/],
    ['brackets in brackets', `machine: ${'['.repeat(20_000)}`, /.*/],
    ['braces in braces', `machine: ${'{a: '.repeat(20_000)}`, /.*/],
    ['lists in lists', `machine: ${'- '.repeat(20_000)}`, /.*/],
    [
      'a hundred and one levels',
      `machine: ${'['.repeat(101)}${']'.repeat(101)}`,
      /deeper than 100/,
    ],
    [
      'a text above the limit',
      `machine: {token: ${'a'.repeat(4 * 1024 * 1024)}}`,
      /longer than 4194304/,
    ],
    ['many wrong keys', `machine:\n${'  x: 1\n'.repeat(20_000)}`, /twice/],
    ['many documents', '---\nmachine: {}\n'.repeat(5000), /stands twice/],
    ['control characters', 'machine: {token: "\u0000"}', /control character/],
  ])('%s are refused', (_, text, message) => {
    expect(() => parseMachineConfig(text)).toThrow(message);
  });

  it('the limit may be another, and counts bytes', () => {
    const text = `machine: {token: ${'é'.repeat(100)}}`;
    expect(() => parseMachineConfig(text, { maxBytes: 150 })).toThrow(/longer than 150 bytes/);
    expect(parseMachineConfig(text, { maxBytes: 250 }).documents.length).toBe(1);
    const long = `machine: {token: ${'a'.repeat(5 * 1024 * 1024)}}`;
    expect(parseMachineConfig(long, { maxBytes: 2 ** 23 }).documents.length).toBe(1);
  });

  it('a map of many keys is read', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `    k${index}: v\n`).join('');
    const config = parseMachineConfig(`machine:\n  sysctls:\n${keys}`);
    expect(Object.keys(config.v1alpha1?.machine?.sysctls ?? {}).length).toBe(20_000);
  });
});

it(
  `${rounds} mutated texts are read, or refused without a secret in the error`,
  () => {
    // Long keys in each of many configurations would take most of the time.
    const generated = generatedConfigs()
      .filter(({ contract, name }) => contract === 'v1.14' || name.startsWith('options.'))
      .filter(({ contract, name }) => contract === 'v1.12' || name.endsWith('worker.yaml'))
      .map(({ text }) => text);
    const corpus = [
      ...generated,
      ...casesOf<FormatVector>('format.json').map(({ Input }) => Input),
      ...casesOf<FormatVector>('format.json').map(({ Bytes }) => Bytes),
    ];
    const secrets = secretsIn(generated);
    expect(secrets.length).toBeGreaterThan(5);
    const random = randomOf(seed);
    for (let round = 0; round < rounds; round += 1) {
      let text = corpus[random(corpus.length)] ?? '';
      for (let times = 1 + random(3); times > 0; times -= 1) text = mutated(text, random);
      try {
        const config = parseMachineConfig(text);
        const { errors, warnings } = validateMachineConfig(config);
        refuseSecrets([...errors, ...warnings].join('\n'), secrets);
        const written = formatMachineConfig(config);
        expect(formatMachineConfig(parseMachineConfig(written))).toBe(written);
      } catch (error) {
        if (!(error instanceof MachineConfigError)) throw error;
        refuseSecrets(`${error.message}\n${JSON.stringify(error.problems)}`, secrets);
      }
    }
  },
  60_000 + rounds * 20,
);

/** Tokens and keys of configurations. */
function secretsIn(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) =>
    [
      ...text.matchAll(/(?:token|secret|clusterSecret|secretboxEncryptionSecret|key): (\S{12,})/g),
    ].map(([, secret = '']) => secret.slice(0, 24)),
  );
  return [...new Set(found)];
}

function refuseSecrets(text: string, secrets: readonly string[]): void {
  const shown = secrets.find((secret) => text.includes(secret));
  if (shown !== undefined) throw new Error(`a secret is shown: ${text.slice(0, 500)}`);
}
