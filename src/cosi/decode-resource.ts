import { contractRelease } from '../../generated/cosi/contract.js';
import type { Resource as WireResource } from '../../generated/features/resources.js';
import type { Kind } from './kind.js';
import { decodeMetadata } from './metadata.js';
import type { Release } from './release.js';
import type { Resource } from './resource.js';
import { decodeSpec } from './spec/decode-spec.js';

/** Reads resources as they come from a node. */
export type DecodeResource<Spec> = (wire: WireResource) => Resource<Spec>;

/**
 * What reads the resources of `kind` that a node of `release` sends. Talos reuses the numbers of
 * protobuf fields from release to release. So where the release is not that of the contract, or not
 * known, specs are read from their YAML, into the same shape.
 *
 * @throws {TalosProtocolError} when a spec does not fit its kind.
 */
export function resourceDecoder<Spec>(
  kind: Kind<Spec>,
  release: Release | undefined,
): DecodeResource<Spec> {
  const fromProto = release === contractRelease;
  return (wire) =>
    new NodeResource(
      decodeMetadata(wire.metadata),
      decodeSpec(kind, wire, fromProto) as Spec,
      wire.spec?.yamlSpec ?? '',
    );
}

/** Whether `wire` stands for a resource that is not there, and so has no spec. */
export function isTombstone({ metadata }: WireResource): boolean {
  return metadata === undefined || metadata.version === 'undefined';
}

/** The YAML of a spec, as the node wrote it; absent for what no node sent. */
export function specYaml(resource: Resource): string | undefined {
  return NodeResource.yamlOf(resource);
}

/** A resource with the YAML of its spec, which neither logs nor copies show. */
class NodeResource<Spec> implements Resource<Spec> {
  readonly metadata: Resource['metadata'];
  readonly spec: Spec;
  readonly #yaml: string;

  constructor(metadata: Resource['metadata'], spec: Spec, yaml: string) {
    this.metadata = metadata;
    this.spec = spec;
    this.#yaml = yaml;
    Object.freeze(this);
  }

  static yamlOf(resource: Resource): string | undefined {
    return typeof resource === 'object' && resource !== null && #yaml in resource
      ? resource.#yaml
      : undefined;
  }
}
