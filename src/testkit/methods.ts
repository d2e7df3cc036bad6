import { clusterMethods } from '../../generated/features/cluster.js';
import { configurationMethods } from '../../generated/features/configuration.js';
import { containersMethods } from '../../generated/features/containers.js';
import { debugMethods } from '../../generated/features/debug.js';
import { etcdMethods } from '../../generated/features/etcd.js';
import { eventsMethods } from '../../generated/features/events.js';
import { filesMethods } from '../../generated/features/files.js';
import { imagesMethods } from '../../generated/features/images.js';
import { inspectMethods } from '../../generated/features/inspect.js';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { logsMethods } from '../../generated/features/logs.js';
import { metaMethods } from '../../generated/features/meta.js';
import { networkMethods } from '../../generated/features/network.js';
import { resourcesMethods } from '../../generated/features/resources.js';
import { securityMethods } from '../../generated/features/security.js';
import { servicesMethods } from '../../generated/features/services.js';
import { storageMethods } from '../../generated/features/storage.js';
import { systemMethods } from '../../generated/features/system.js';
import { timeMethods } from '../../generated/features/time.js';
import { clusterServer } from '../../generated/server/cluster.js';
import { configurationServer } from '../../generated/server/configuration.js';
import { containersServer } from '../../generated/server/containers.js';
import { debugServer } from '../../generated/server/debug.js';
import { etcdServer } from '../../generated/server/etcd.js';
import { eventsServer } from '../../generated/server/events.js';
import { filesServer } from '../../generated/server/files.js';
import { imagesServer } from '../../generated/server/images.js';
import { inspectServer } from '../../generated/server/inspect.js';
import { lifecycleServer } from '../../generated/server/lifecycle.js';
import { logsServer } from '../../generated/server/logs.js';
import { metaServer } from '../../generated/server/meta.js';
import { networkServer } from '../../generated/server/network.js';
import { resourcesServer } from '../../generated/server/resources.js';
import { securityServer } from '../../generated/server/security.js';
import { servicesServer } from '../../generated/server/services.js';
import { storageServer } from '../../generated/server/storage.js';
import { systemServer } from '../../generated/server/system.js';
import { timeServer } from '../../generated/server/time.js';
import type { Decode, Encode } from '../runtime/codec.js';
import type { AnyMethod } from '../runtime/method.js';

/** The server's half of a method: how its requests are read and its replies written. */
export interface ServerCodec {
  // biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
  readonly decode: Decode<any>;
  /** Writes the message on the wire, with its envelope. */
  // biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
  readonly encode: Encode<any>;
}

/** A method with both halves. */
export interface ServerMethod {
  readonly method: AnyMethod;
  readonly codec: ServerCodec;
}

const byPath: ReadonlyMap<string, ServerMethod> = new Map([
  ...table(clusterMethods, clusterServer),
  ...table(configurationMethods, configurationServer),
  ...table(containersMethods, containersServer),
  ...table(debugMethods, debugServer),
  ...table(etcdMethods, etcdServer),
  ...table(eventsMethods, eventsServer),
  ...table(filesMethods, filesServer),
  ...table(imagesMethods, imagesServer),
  ...table(inspectMethods, inspectServer),
  ...table(lifecycleMethods, lifecycleServer),
  ...table(logsMethods, logsServer),
  ...table(metaMethods, metaServer),
  ...table(networkMethods, networkServer),
  ...table(resourcesMethods, resourcesServer),
  ...table(securityMethods, securityServer),
  ...table(servicesMethods, servicesServer),
  ...table(storageMethods, storageServer),
  ...table(systemMethods, systemServer),
  ...table(timeMethods, timeServer),
]);

/** Pairs the two halves; a method without its other half does not compile. */
function* table<Methods extends object>(
  methods: Methods,
  codecs: { readonly [Name in keyof Methods]: ServerCodec },
): Generator<[string, ServerMethod]> {
  for (const [name, method] of Object.entries(methods) as [keyof Methods, AnyMethod][]) {
    yield [method.path, { method, codec: codecs[name] }];
  }
}

/** The method at a path; absent when no Talos release has it. */
export function methodAt(path: string): AnyMethod | undefined {
  return byPath.get(path)?.method;
}

/** Every method of the contract. */
export function allMethods(): readonly AnyMethod[] {
  return [...byPath.values()].map(({ method }) => method);
}

/** The server's codecs of a method. */
export function codecOf(method: AnyMethod): ServerCodec {
  const found = byPath.get(method.path);
  if (found === undefined) throw new RangeError(`Talos has no RPC ${method.path}`);
  return found.codec;
}

/** Names of all services, such as `machine.MachineService`. */
export const serviceNames: ReadonlySet<string> = new Set(
  [...byPath.keys()].map((path) => serviceOf(path)),
);

/** The service part of a path: `machine.MachineService` of `/machine.MachineService/Version`. */
export function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}
