import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import {
  formatMachineConfig,
  parseMachineConfig,
  validateMachineConfig,
} from '../../../src/machine-config/index.js';
import { configs } from '../../machine-config/support/arbitrary-configs.js';
import {
  casesOf,
  generatedConfigs,
  type ValidateVector,
} from '../../machine-config/support/vectors.js';
import { ConfigOracle } from '../support/config-oracle.js';

const oracle = ConfigOracle.start();
afterAll(() => oracle[Symbol.dispose]());

const modes = ['metal', 'cloud', 'container'] as const;

/** Messages that changed between the module and Talos 1.14, whose own vectors the unit tests have. */
const changed = [
  /^etcd encryption config is required for control plane machines/,
  /^cluster (?:ID|secret) \(/,
  /VolumeConfig\/.*: only \[.*\] volumes are supported/,
  /is deprecated; use /,
  /scrub interval/,
];

/** Go tells of the entries of a map in any order. */
const unordered = /invalid environment variable name/;

/** What takes the machine, a library for expressions or certificates, or has no fixed order in Go. */
const beyond = [
  /(?:expression|selector|volumeSelector\.match).*(?:invalid|ERROR)/s,
  /unsupported pod resource/,
];

function comparable(messages: readonly string[]): string[] {
  const known = messages.filter(
    (each) => ![...changed, ...beyond].some((pattern) => pattern.test(each)),
  );
  return [
    ...known.filter((each) => !unordered.test(each)),
    ...known.filter((each) => unordered.test(each)).sort(),
  ];
}

async function judged(text: string): Promise<boolean> {
  const config = parseMachineConfig(text);
  const answer = await oracle.ask({ text, modes });
  if (answer.error !== undefined) return false;
  for (const mode of modes) {
    const due = answer.verdicts?.[mode];
    const verdict = validateMachineConfig(config, { mode, talos: '1.13' });
    const where = { mode, text };
    expect({ ...where, errors: comparable(verdict.errors) }).toEqual({
      ...where,
      errors: comparable(due?.errors ?? []).map(withoutSecret),
    });
    expect({ ...where, warnings: comparable(verdict.warnings) }).toEqual({
      ...where,
      warnings: comparable(due?.warnings ?? []),
    });
  }
  return true;
}

/** Keys that Talos shows in its messages. */
function withoutSecret(message: string): string {
  return message.replace(/(private key is invalid: wrong key )"[^"]*"/, '$1"******"');
}

it('generated configurations up to contract 1.13 are judged as by the official module', async () => {
  const known = generatedConfigs().filter(({ contract }) => contract !== 'v1.14');
  for (const { text } of known) expect(await judged(text)).toBe(true);
});

it('wrong configurations of the older form are judged as by the official module', async () => {
  let compared = 0;
  for (const { Config, LoadError } of casesOf<ValidateVector>('validate.json')) {
    if (LoadError === '' && (await judged(Config))) compared += 1;
  }
  expect(compared).toBeGreaterThan(15);
});

it('the rules of the unit tests are those of the official module', async () => {
  const url = new URL('../../machine-config/vectors/judged.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: readonly { text: string }[] };
  for (const { text } of cases) expect(await judged(text)).toBe(true);
});

it('random configurations are judged as by the official module', async () => {
  let compared = 0;
  for (const config of fc.sample(configs(), 400)) {
    if (await judged(formatMachineConfig(config))) compared += 1;
  }
  expect(compared).toBeGreaterThan(80);
});
