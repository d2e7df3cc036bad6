import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseMachineConfig, validateMachineConfig } from '../../../src/machine-config/index.js';

interface Judged {
  readonly text: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

// What the official module said of these; `npm run interop` asks it again.
const url = new URL('../vectors/judged.json', import.meta.url);
const { cases }: { cases: readonly Judged[] } = JSON.parse(readFileSync(url, 'utf8'));

it.each(cases)('is judged as by Talos (%#): $errors', ({ text, errors, warnings }) => {
  const verdict = validateMachineConfig(parseMachineConfig(text), { mode: 'metal', talos: '1.13' });
  expect(verdict).toEqual({ valid: errors.length === 0, errors, warnings });
});
