import type { Machine } from '../machine/machine.js';
import type { AnyHandler } from '../rpc.js';
import { defineTopic } from '../topic.js';

/** Handlers that tests put in the place of the built-in ones, by path. */
export const overrides = defineTopic({
  name: 'overrides',
  lifetime: 'always',
  create: (_: Machine) => new Map<string, AnyHandler>(),
});
