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
export { type ToYamlOptions, toYaml } from './to-yaml.js';
