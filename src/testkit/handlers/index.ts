import { clusterMethods } from '../../../generated/features/cluster.js';
import { configurationMethods } from '../../../generated/features/configuration.js';
import { eventsMethods } from '../../../generated/features/events.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { metaMethods } from '../../../generated/features/meta.js';
import { resourcesMethods } from '../../../generated/features/resources.js';
import { securityMethods } from '../../../generated/features/security.js';
import { servicesMethods } from '../../../generated/features/services.js';
import { systemMethods } from '../../../generated/features/system.js';
import type { AnyMethod } from '../../runtime/method.js';
import type { AnyHandler, HandlersOf } from '../rpc.js';
import { clusterHandlers } from './cluster.js';
import { configurationHandlers } from './configuration.js';
import { eventsHandlers } from './events.js';
import { lifecycleHandlers } from './lifecycle.js';
import { metaHandlers } from './meta.js';
import { resourcesHandlers } from './resources.js';
import { securityHandlers } from './security.js';
import { servicesHandlers } from './services.js';
import { systemHandlers } from './system.js';

const byPath = new Map<string, AnyHandler>([
  ...table(clusterMethods, clusterHandlers),
  ...table(configurationMethods, configurationHandlers),
  ...table(lifecycleMethods, lifecycleHandlers),
  ...table(metaMethods, metaHandlers),
  ...table(securityMethods, securityHandlers),
  ...table(eventsMethods, eventsHandlers),
  ...table(resourcesMethods, resourcesHandlers),
  ...table(servicesMethods, servicesHandlers),
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
  handlers: HandlersOf<NoInfer<Methods>>,
): Generator<readonly [string, AnyHandler]> {
  for (const [name, method] of Object.entries(methods) as [keyof Methods, AnyMethod][]) {
    yield [method.path, handlers[name] as AnyHandler];
  }
}
