import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collect } from '../../src/runtime/streams/collect.js';
import { outputOf, startProgram } from './support/lines.js';
import { buildGo, goModule, protoFolder } from './support/toolchain.js';

/**
 * `npm run interop:sample`: has the official code write test/vectors/sample.ndjson anew. The same
 * options give the same bytes; they are the first line of the file.
 */
const options = {
  seed: '1414',
  indexes: '1,4,6',
  fields: '8',
  limit: '250',
};

const program = buildGo(goModule, '.', 'talos-interop');
const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
const vectors = await collect(
  outputOf(startProgram(program, ['vectors', '--repeatable', '--proto', protoFolder, ...flags])),
);
const file = fileURLToPath(new URL('../vectors/sample.ndjson', import.meta.url));
writeFileSync(file, `${[options, ...vectors].map((line) => JSON.stringify(line)).join('\n')}\n`);
console.log(`${vectors.length} values`);
