import { type Encode, toBytes } from '../../runtime/codec.js';

/**
 * A type of resources, and how its specs go over the wire. Each is defined once in `catalogue/`,
 * with the shape of its spec, which is the shape that `yaml_spec` has.
 */
export interface ResourceKind<Spec> {
  /** The canonical type, such as `Members.cluster.talos.dev`. */
  readonly type: string;
  /** Where its resources live unless told otherwise. */
  readonly namespace: string;
  /** The controller that owns its resources, such as `cluster.LocalAffiliateController`. */
  readonly owner: string;
  /** The spec in protobuf, for `proto_spec`. */
  readonly proto: (spec: Spec) => Uint8Array;
  /** What `yaml_spec` is the YAML of. */
  readonly yaml: (spec: Spec) => unknown;
}

/** A kind of any spec, where that does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the specs of any kind fit.
export type AnyKind = ResourceKind<any>;

/** What `defineKind` needs to know. */
export interface KindOptions<Spec, Message> {
  readonly type: string;
  readonly namespace: string;
  readonly owner: string;
  /** Writes the message of `talos.resource.definitions` that belongs to the type. */
  readonly encode: Encode<Message>;
  /** The fields of that message. */
  readonly message: (spec: Spec) => Message;
  /** What `yaml_spec` shows; the spec itself unless told otherwise. */
  readonly yaml?: (spec: Spec) => unknown;
}

/**
 * Defines a kind from the shape of its YAML and the message of its `proto_spec`.
 *
 * @example
 * ```ts
 * export const bootIds = defineKind({
 *   type: 'BootIDs.runtime.talos.dev',
 *   namespace: 'runtime',
 *   owner: 'runtime.BootIDController',
 *   encode: encodeBootIDSpec,
 *   message: (spec: BootIdSpec) => ({ bootId: spec.bootID }),
 * });
 * ```
 */
export function defineKind<Spec, Message>({
  type,
  namespace,
  owner,
  encode,
  message,
  yaml = (spec) => spec,
}: KindOptions<Spec, Message>): ResourceKind<Spec> {
  return { type, namespace, owner, proto: (spec) => toBytes(encode, message(spec)), yaml };
}
