import { MachineConfig } from '../../../../generated/cosi/kinds/config.js';
import {
  resources,
  type Resource as WireResource,
} from '../../../../generated/features/resources.js';
import { Definitions } from '../../../cosi/definitions.js';
import type { Kind } from '../../../cosi/kind.js';
import { decodeMetadata } from '../../../cosi/metadata.js';
import { yamlData } from '../../../cosi/spec/from-yaml.js';
import { resourceYaml } from '../../../cosi/to-yaml.js';
import { redact } from '../../../machine-config/compare/redact.js';
import { parseMachineConfig } from '../../../machine-config/parse/parse.js';
import type { TalosNode } from '../../../runtime/target.js';
import { type Collector, type CollectorCall, pathPart, SILENCE_MS } from './collector.js';

/** What stands in the place of a spec that is secret. */
const REDACTED = '<REDACTED>';

/** A file for each kind of resources that a node defines, with the resources of its usual namespace. */
export async function resourceCollectors(
  node: TalosNode,
  call: CollectorCall,
): Promise<readonly Collector[]> {
  const definitions = await Definitions.of(node, { ...call, idleTimeoutMs: SILENCE_MS });
  return definitions.all().map((kind) => ({
    node: node.address,
    path: `${pathPart(node.address)}/resources/${pathPart(kind.type.toLowerCase())}.yaml`,
    isOptional: true,
    collect: (own) => documents(node, kind, own),
  }));
}

async function* documents(
  node: TalosNode,
  kind: Kind,
  call: CollectorCall,
): AsyncGenerator<string, void, undefined> {
  const request = { namespace: kind.namespace, type: kind.type };
  let separator = '';
  const stream = resources(node).list(request, { ...call, idleTimeoutMs: SILENCE_MS });
  for await (const { resource } of stream) {
    if (resource === undefined) continue;
    yield separator + resourceYaml(decodeMetadata(resource.metadata), specOf(kind, resource));
    separator = '---\n';
  }
}

/** The YAML of a spec, without what is secret. */
function specOf(kind: Kind, { spec }: WireResource): string {
  const yaml = spec?.yamlSpec ?? '';
  if (kind.type === MachineConfig.type) return redactedConfig(yaml);
  return kind.sensitive ? REDACTED : yaml;
}

/** A machine configuration is a text that holds YAML documents; what cannot be read is left out whole. */
function redactedConfig(yaml: string): string {
  const text = yamlData(yaml);
  if (typeof text !== 'string') return REDACTED;
  try {
    const plain = redact(parseMachineConfig(text)).toString();
    const lines = plain.replace(/\n+$/, '').split('\n');
    return ['|', ...lines.map((line) => (line === '' ? '' : `    ${line}`))].join('\n');
  } catch {
    return REDACTED;
  }
}
