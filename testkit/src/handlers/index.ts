import { clusterMethods } from '../../../generated/features/cluster.js';
import { configurationMethods } from '../../../generated/features/configuration.js';
import { containersMethods } from '../../../generated/features/containers.js';
import { debugMethods } from '../../../generated/features/debug.js';
import { etcdMethods } from '../../../generated/features/etcd.js';
import { eventsMethods } from '../../../generated/features/events.js';
import { filesMethods } from '../../../generated/features/files.js';
import { imagesMethods } from '../../../generated/features/images.js';
import { inspectMethods } from '../../../generated/features/inspect.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { logsMethods } from '../../../generated/features/logs.js';
import { metaMethods } from '../../../generated/features/meta.js';
import { networkMethods } from '../../../generated/features/network.js';
import { resourcesMethods } from '../../../generated/features/resources.js';
import { securityMethods } from '../../../generated/features/security.js';
import { servicesMethods } from '../../../generated/features/services.js';
import { storageMethods } from '../../../generated/features/storage.js';
import { systemMethods } from '../../../generated/features/system.js';
import { timeMethods } from '../../../generated/features/time.js';
import type { AnyMethod } from '../../../src/runtime/method.js';
import type { AnyHandler, HandlersOf } from '../rpc.js';
import { clusterHandlers } from './cluster.js';
import { configurationHandlers } from './configuration.js';
import { containersHandlers } from './containers.js';
import { debugHandlers } from './debug.js';
import { etcdHandlers } from './etcd.js';
import { eventsHandlers } from './events.js';
import { filesHandlers } from './files.js';
import { imagesHandlers } from './images.js';
import { inspectHandlers } from './inspect.js';
import { lifecycleHandlers } from './lifecycle.js';
import { logsHandlers } from './logs.js';
import { metaHandlers } from './meta.js';
import { networkHandlers } from './network.js';
import { resourcesHandlers } from './resources.js';
import { securityHandlers } from './security.js';
import { servicesHandlers } from './services.js';
import { storageHandlers } from './storage.js';
import { systemHandlers } from './system.js';
import { timeHandlers } from './time.js';

const byPath = new Map<string, AnyHandler>([
  ...table(clusterMethods, clusterHandlers),
  ...table(configurationMethods, configurationHandlers),
  ...table(lifecycleMethods, lifecycleHandlers),
  ...table(metaMethods, metaHandlers),
  ...table(securityMethods, securityHandlers),
  ...table(etcdMethods, etcdHandlers),
  ...table(eventsMethods, eventsHandlers),
  ...table(resourcesMethods, resourcesHandlers),
  ...table(servicesMethods, servicesHandlers),
  ...table(containersMethods, containersHandlers),
  ...table(imagesMethods, imagesHandlers),
  ...table(debugMethods, debugHandlers),
  ...table(filesMethods, filesHandlers),
  ...table(networkMethods, networkHandlers),
  ...table(inspectMethods, inspectHandlers),
  ...table(logsMethods, logsHandlers),
  ...table(timeMethods, timeHandlers),
  ...table(storageMethods, storageHandlers),
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
