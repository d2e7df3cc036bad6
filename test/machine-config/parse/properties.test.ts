import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createMachineConfig,
  formatMachineConfig,
  parseMachineConfig,
} from '../../../src/machine-config/index.js';
import { releases } from '../../../src/machine-config/structure/structure.js';
import { configs } from '../support/arbitrary-configs.js';
import { generatedConfigs } from '../support/vectors.js';

const numRuns = 150;

it('what was written is read back, and written the same again', () => {
  fc.assert(
    fc.property(configs(), (config) => {
      const text = formatMachineConfig(config);
      expect(formatMachineConfig(parseMachineConfig(text))).toBe(text);
    }),
    { numRuns },
  );
});

it('objects and their text are the same configuration', () => {
  fc.assert(
    fc.property(configs(), (config) => {
      const made = createMachineConfig(config.documents);
      expect(made.documents).toEqual(config.documents);
      expect(parseMachineConfig(config.toString()).documents.length).toBe(config.documents.length);
    }),
    { numRuns },
  );
});

it('layout and order of keys say nothing', () => {
  fc.assert(
    fc.property(configs(), (config) => {
      const turned = config.documents.map((document) =>
        Object.fromEntries(Object.entries(document).reverse()),
      );
      expect(formatMachineConfig(turned as never)).toBe(formatMachineConfig(config));
    }),
    { numRuns: 50 },
  );
});

it('what Talos generated for a contract, that release knows', () => {
  for (const { contract, text } of generatedConfigs()) {
    expect(parseMachineConfig(text, { talos: contract }).documents.length).toBeGreaterThan(0);
  }
  expect(releases[0]).toBe('1.9');
});
