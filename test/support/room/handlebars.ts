import { readFileSync } from 'node:fs';
import { inRoom, plainRequire } from './room.js';

/**
 * Handlebars, which compiles templates to code, in the room. Stands in for `handlebars` in a run
 * without code from strings, where tests run the generator.
 */
const path = plainRequire.resolve('handlebars/dist/handlebars.js');

export default inRoom(path, readFileSync(path, 'utf8'), plainRequire);
