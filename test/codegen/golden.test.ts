import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drift } from '../../codegen/check.js';
import { generate } from '../../codegen/generate.js';
import { writeOutputs } from '../../codegen/write.js';
import { repository, temporaryFolder } from './protos/support.js';
import { templates } from './support.js';

// One folder a topic: the protos in `input`, the table, and what must come out in `output`, which
// is type-checked with the rest of the tests. UPDATE_GOLDEN=1 writes the output anew.
const golden = join(repository, 'test/codegen/golden');
const topics = readdirSync(golden).sort();

it('all output has the layout of the formatter', () => {
  const folder = temporaryFolder();
  for (const topic of topics)
    cpSync(join(golden, topic, 'output'), join(folder, topic), { recursive: true });
  const config = JSON.parse(readFileSync(join(repository, 'biome.json'), 'utf8'));
  const own = {
    json: { formatter: { enabled: false } },
    formatter: config.formatter,
    javascript: config.javascript,
    assist: config.assist,
  };
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(own));
  const biome = join(repository, 'node_modules/.bin/biome');
  const check = () =>
    execFileSync(biome, ['check', '--linter-enabled=false', '.'], { cwd: folder });
  expect(check).not.toThrow();
});

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
