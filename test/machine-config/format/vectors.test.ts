import { expect, it } from 'vitest';
import { formatMachineConfig, parseMachineConfig } from '../../../src/machine-config/index.js';
import { casesOf, type FormatVector, generatedConfigs } from '../support/vectors.js';

it.each(generatedConfigs())('writes $name of contract $contract as Talos did', ({ text }) => {
  expect(formatMachineConfig(parseMachineConfig(text))).toBe(text);
});

it.each(casesOf<FormatVector>('format.json'))('writes $Name as Talos does', (vector) => {
  expect(formatMachineConfig(parseMachineConfig(vector.Input))).toBe(vector.Bytes);
});

it.each(casesOf<FormatVector>('format.json'))('reads back $Name as it was', ({ Bytes }) => {
  expect(formatMachineConfig(parseMachineConfig(Bytes))).toBe(Bytes);
});
