import type { AnyMethod } from 'talos-client';
import { clusterMethods } from 'talos-client/cluster';
import { configurationMethods } from 'talos-client/configuration';
import { containersMethods } from 'talos-client/containers';
import { debugMethods } from 'talos-client/debug';
import { etcdMethods } from 'talos-client/etcd';
import { eventsMethods } from 'talos-client/events';
import { filesMethods } from 'talos-client/files';
import { imagesMethods } from 'talos-client/images';
import { inspectMethods } from 'talos-client/inspect';
import { lifecycleMethods } from 'talos-client/lifecycle';
import { logsMethods } from 'talos-client/logs';
import { metaMethods } from 'talos-client/meta';
import { networkMethods } from 'talos-client/network';
import { resourcesMethods } from 'talos-client/resources';
import { securityMethods } from 'talos-client/security';
import { servicesMethods } from 'talos-client/services';
import { storageMethods } from 'talos-client/storage';
import { systemMethods } from 'talos-client/system';
import { timeMethods } from 'talos-client/time';
import type { AnyHandler, HandlersOf } from '../base/calls/rpc.js';
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
