import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { drift } from '../../codegen/check.js';
import { generate } from '../../codegen/generate.js';
import table from './table.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test('the code for the conformance suite is what the generator makes of its protos', () => {
  const outputs = generate({
    protos: here('proto'),
    table,
    templates: here('../../templates'),
    runtime: '../../../src/runtime',
    only: undefined,
  });
  // `npm run conformance:generate` writes it anew.
  expect(drift(here('generated'), outputs)).toEqual([]);
});
