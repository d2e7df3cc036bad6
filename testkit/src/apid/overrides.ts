import type { AnyHandler } from '../base/calls/rpc.js';
import type { Machine } from '../base/machine.js';
import { defineTopic } from '../base/topic.js';

/** Handlers that tests put in the place of the built-in ones, by path. */
export const overrides = defineTopic({
  name: 'overrides',
  lifetime: 'always',
  create: (_: Machine) => new Map<string, AnyHandler>(),
});
