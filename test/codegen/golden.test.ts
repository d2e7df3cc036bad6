import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drift } from '../../codegen/check.js';
import { generate } from '../../codegen/generate.js';
import { writeOutputs } from '../../codegen/write.js';
import { repository } from './protos/support.js';
import { templates } from './support.js';

// One folder a topic: the protos in `input`, the table, and what must come out in `output`, which
// is type-checked with the rest of the tests. UPDATE_GOLDEN=1 writes the output anew.
const golden = join(repository, 'test/codegen/golden');
const topics = readdirSync(golden).sort();

it('there is a topic', () => expect(topics).toContain('scalars'));

describe.each(topics)('%s', (topic) => {
  it('comes out as it is written down', () => {
    const folder = join(golden, topic);
    const outputs = generate({
      protos: join(folder, 'input'),
      table: JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8')),
      templates,
      runtime: '../../../../../src/runtime',
      surface: '../surface.md',
    });
    const output = join(folder, 'output');
    if (process.env.UPDATE_GOLDEN === '1') writeOutputs(output, outputs);
    expect(existsSync(output)).toBe(true);
    expect(drift(output, outputs)).toStrictEqual([]);
  });
});
