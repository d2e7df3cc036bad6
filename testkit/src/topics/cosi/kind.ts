import { type Encode, toBytes } from 'talos-client/wire';

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
  /** Whether its resources are destroyed without being torn down first. */
  readonly destroyedDirectly?: boolean;
}

/** A kind of any spec, where that does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the specs of any kind fit.
export type AnyKind = ResourceKind<any>;

/** What `defineKind` needs to know. */
export interface KindOptions<Spec> {
  readonly type: string;
  readonly namespace: string;
  readonly owner: string;
  /** Writes the message that belongs to the type; mostly one call of `encoded`. */
  readonly proto: (spec: Spec) => Uint8Array;
  /** What `yaml_spec` shows. Default: the spec itself. */
  readonly yaml?: (spec: Spec) => unknown;
  /** Whether its resources are destroyed without being torn down first. Default: no. */
  readonly destroyedDirectly?: boolean;
}

/**
 * Defines a kind from the shape of its YAML and the message of its `proto_spec`.
 *
 * @example
 * ```ts
 * export const bootIdKind = defineKind({
 *   type: 'BootIDs.runtime.talos.dev',
 *   namespace: 'runtime',
 *   owner: 'runtime.BootIDController',
 *   proto: ({ bootID }: BootIdSpec) => encoded(encodeBootIDSpec, { bootId: bootID }),
 * });
 * ```
 */
export function defineKind<Spec>(options: KindOptions<Spec>): ResourceKind<Spec> {
  return { yaml: (spec) => spec, ...options };
}

/** The bytes of a message of `talos.resource.definitions`. */
export function encoded<Message, Given extends NoInfer<Message>>(
  encode: Encode<Message>,
  message: Given & { readonly [Key in Exclude<keyof Given, keyof Message>]: never },
): Uint8Array {
  return toBytes(encode, message);
}

/**
 * The name of an enum value for the text that YAML has: `MACHINE_STAGE_SHUTTING_DOWN` for
 * `shutting down`. Whether there is such a value is checked when the message is written.
 */
export function enumName<Name extends string>(prefix: string, text: string): Name {
  return `${prefix}_${text.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}` as Name;
}
