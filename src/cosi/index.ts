export type { Disconnected, Rebooted, ReconnectOptions } from '../reconnect/index.js';
export { Cosi, cosi, type GetOptions, type ListOptions } from './cosi.js';
export type { AnyKind, Kind, SingleKind } from './kind.js';
export type { LabelCondition, LabelFilter, ResourceQuery } from './query.js';
export type { Resource, ResourceMetadata } from './resource.js';
export type {
  Field,
  Flags,
  JsonObject,
  JsonValue,
  Scalar,
  Shape,
  SpecShape,
  Structure,
  Word,
  Words,
} from './spec/shape.js';
export type { Missed, StoreEvent } from './store/changes.js';
export type { ChangesOptions, ResourceStore, StoreOptions } from './store/resource-store.js';
export type { ResourcePredicate, WaitForOptions, WaitOptions } from './store/wait-for.js';
export { type ToYamlOptions, toYaml } from './to-yaml.js';
export type {
  Created,
  Destroyed,
  Relisting,
  RelistReason,
  ResourceChange,
  Resumed,
  Synced,
  Updated,
  WatchEvent,
} from './watch/watch-event.js';
export type { WatchOptions } from './watch/watch-options.js';
