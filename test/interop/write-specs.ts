import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collect } from '../../src/runtime/streams/collect.js';
import { outputOf, startProgram } from './support/lines.js';
import { buildGo, goModule } from './support/toolchain.js';

/**
 * `npm run interop:specs`: has the official code write test/cosi/vectors/v1.14.ndjson anew, three
 * specs of each kind. Entries of maps may come in another order each time.
 */
const kinds = fileURLToPath(new URL('../../schemas/resources/kinds.json', import.meta.url));
const program = buildGo(goModule, '.', 'talos-interop');
const flags = ['specs', '--kinds', kinds, '--seed', '1414', '--count', '3'];
const specs = await collect(outputOf(startProgram(program, flags)));
const file = fileURLToPath(new URL('../cosi/vectors/v1.14.ndjson', import.meta.url));
writeFileSync(file, `${specs.map((line) => JSON.stringify(line)).join('\n')}\n`);
console.log(`${specs.length} specs`);
