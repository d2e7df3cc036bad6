import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inRoom, plainRequire } from './room.js';

/**
 * protobufjs whose reflection makes its functions in the room. Stands in for `protobufjs` in a run
 * without code from strings, where tests compare with it.
 */
const protobuf = plainRequire('protobufjs');

const path = plainRequire.resolve('protobufjs/src/util/codegen.js');
protobuf.util.codegen = inRoom(path, readFileSync(path, 'utf8'), createRequire(path));

export default protobuf;
export const { util } = protobuf;
