import { resourcesMethods } from '../../../generated/features/resources.js';
import { systemMethods } from '../../../generated/features/system.js';
import type { AnyMethod } from '../../runtime/method.js';
import type { AnyHandler, HandlersOf } from '../rpc.js';
import { resourcesHandlers } from './resources.js';
import { systemHandlers } from './system.js';

const byPath = new Map<string, AnyHandler>([
  ...table(resourcesMethods, resourcesHandlers),
  ...table(systemMethods, systemHandlers),
]);

/** The built-in handler of a method. */
export function handlerFor(method: AnyMethod): AnyHandler {
  const handler = byPath.get(method.path);
  if (handler === undefined) throw new RangeError(`no handler serves ${method.path}`);
  return handler;
}

/** The handlers of a feature by path. A feature whose RPCs are not all served does not compile. */
function* table<Methods extends object>(
  methods: Methods,
  handlers: HandlersOf<Methods>,
): Generator<readonly [string, AnyHandler]> {
  for (const [name, method] of Object.entries(methods) as [keyof Methods, AnyMethod][]) {
    yield [method.path, handlers[name] as AnyHandler];
  }
}
