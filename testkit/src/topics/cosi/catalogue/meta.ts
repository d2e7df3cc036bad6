import {
  encodeNamespaceSpec,
  encodeResourceDefinitionSpec,
} from '../../../../generated/definitions/meta.js';
import { definitionSpec, type ResourceDefinitionSpec } from '../definitions/definition.js';
import { definitionsOf } from '../definitions/definitions.js';
import { namespaces } from '../definitions/namespaces.js';
import { defineKind, encoded } from '../kind.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** The types that a node has: `ResourceDefinitions.meta.cosi.dev`. */
export const resourceDefinitionKind = defineKind({
  type: 'ResourceDefinitions.meta.cosi.dev',
  namespace: 'meta',
  owner: 'meta',
  proto: ({ type, skipAutomaticAliases: _, ...spec }: ResourceDefinitionSpec) =>
    encoded(encodeResourceDefinitionSpec, {
      ...spec,
      resourceType: type,
      sensitivity: spec.sensitivity === undefined ? 'NON_SENSITIVE' : 'SENSITIVE',
    }),
});

/** What a namespace is for. */
export interface NamespaceSpec {
  readonly description: string;
}

/** The namespaces that a node has: `Namespaces.meta.cosi.dev`. */
export const namespaceKind = defineKind({
  type: 'Namespaces.meta.cosi.dev',
  namespace: 'meta',
  owner: 'meta',
  proto: (spec: NamespaceSpec) => encoded(encodeNamespaceSpec, spec),
});

/** The types and namespaces of the release that runs. */
export const metaSource: ResourceSource = {
  kinds: [namespaceKind, resourceDefinitionKind],
  // Another release runs only after a boot, which makes all resources anew.
  topics: [],
  resources({ talosVersion }) {
    const known = byVersion.get(talosVersion);
    if (known !== undefined) return known;
    const list = [
      ...Object.entries(namespaces).map(([name, description]) =>
        publish(namespaceKind, name, { description }),
      ),
      ...definitionsOf(talosVersion).map((definition) => {
        const spec = definitionSpec(definition);
        return publish(resourceDefinitionKind, spec.type.toLowerCase(), spec);
      }),
    ];
    byVersion.set(talosVersion, list);
    return list;
  },
};

/** What nodes of a release show; the same for all of them. */
const byVersion = new Map<string, readonly Published[]>();
