import { supports } from '../../../base/versions.js';
import { blockDefinitions } from './block.js';
import { clusterDefinitions } from './cluster.js';
import { type Definition, definitionSpec, type ResourceDefinitionSpec } from './definition.js';
import { hardwareDefinitions } from './hardware.js';
import { kubernetesDefinitions } from './kubernetes.js';
import { networkDefinitions } from './network.js';
import { runtimeDefinitions } from './runtime.js';

/** The types that describe types and namespaces. */
const metaDefinitions: readonly Definition[] = [
  {
    type: 'ResourceDefinitions.meta.cosi.dev',
    namespace: 'meta',
    aliases: ['api-resources'],
    columns: [['Aliases', '{.aliases[:]}']],
  },
  { type: 'Namespaces.meta.cosi.dev', namespace: 'meta', aliases: ['ns'] },
];

/** Every type of resources, the newest release's and older ones' alike. */
export const allDefinitions: readonly Definition[] = [
  ...metaDefinitions,
  ...runtimeDefinitions,
  ...hardwareDefinitions,
  ...blockDefinitions,
  ...clusterDefinitions,
  ...kubernetesDefinitions,
  ...networkDefinitions,
];

/** The types that a release knows. */
export function definitionsOf(talosVersion: string): readonly Definition[] {
  return allDefinitions.filter(({ since }) => since === undefined || supports(talosVersion, since));
}

const specs: ReadonlyMap<string, readonly [Definition, ResourceDefinitionSpec]> = new Map(
  allDefinitions.map((definition) => [
    definition.type.toLowerCase(),
    [definition, definitionSpec(definition)],
  ]),
);

/** What a release knows of a type, which is given in lower case. */
export function definitionOf(
  talosVersion: string,
  type: string,
): ResourceDefinitionSpec | undefined {
  const found = specs.get(type);
  if (found === undefined) return undefined;
  const [{ since }, spec] = found;
  return since === undefined || supports(talosVersion, since) ? spec : undefined;
}
