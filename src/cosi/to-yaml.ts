import { described } from '../runtime/arguments/described.js';
import { text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { specYaml } from './decode-resource.js';
import type { Resource, ResourceMetadata } from './resource.js';
import { isBlock } from './spec/from-yaml.js';
import { bareKey, bareText } from './yaml-text.js';

/** Options of `toYaml`. */
export interface ToYamlOptions {
  /** The node that the resource is of; `talosctl` prints it first. */
  readonly node?: string | undefined;
}

const optionsShape: Shape<ToYamlOptions> = { node: text };

/**
 * A resource as `talosctl get -o yaml` prints it: everything that the node says of it, with the keys
 * that Talos has, also where the spec of its kind lacks them. Secrets are in it as they are.
 *
 * @throws {TalosConfigError} when `resource` did not come from a node through this library: copies do
 * not hold the node's own text.
 */
export function toYaml(resource: Resource, options: ToYamlOptions = {}): string {
  checkOptions(options, optionsShape, 'toYaml');
  const yaml = specYaml(resource);
  if (yaml === undefined) {
    throw new TalosConfigError(
      `toYaml: resource: expected what get, list or watch gave, got ${described(resource)}`,
      { field: 'resource' },
    );
  }
  const { node } = options;
  const first = node === undefined ? '' : `node: ${bareText(node, 0)}\n`;
  return first + resourceYaml(resource.metadata, yaml);
}

/** A resource as YAML, with `spec` as it is, which is YAML itself. */
export function resourceYaml(metadata: ResourceMetadata, spec: string): string {
  return ['metadata:', ...metadataLines(metadata), ...specLines(spec), ''].join('\n');
}

function metadataLines(metadata: ResourceMetadata): string[] {
  const { namespace, type, id, version, owner, phase, created, updated } = metadata;
  const fields = { namespace, type, id, version, owner, phase };
  return [
    ...Object.entries(fields).map(([key, value]) => `    ${key}: ${bareText(value, 4)}`.trimEnd()),
    `    created: ${toSeconds(created)}`,
    `    updated: ${toSeconds(updated)}`,
    ...mapLines('labels', metadata.labels),
    ...mapLines('annotations', metadata.annotations),
    ...(metadata.finalizers.length === 0 ? [] : ['    finalizers:']),
    ...metadata.finalizers.map((finalizer) => `        - ${bareText(finalizer, 6)}`.trimEnd()),
  ];
}

/** Talos prints times without fractions, and the year 1 for none. */
function toSeconds(time: string): string {
  return time === '' ? '0001-01-01T00:00:00Z' : time.replace(/\.\d+Z$/, 'Z');
}

function mapLines(name: string, map: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(map).sort();
  if (keys.length === 0) return [];
  const lines = keys.map((key) =>
    `        ${bareKey(key)}: ${bareText(map[key] ?? '', 8)}`.trimEnd(),
  );
  return [`    ${name}:`, ...lines];
}

/** The node's own text below `spec:`: a single value on the same line, everything else indented. */
function specLines(yaml: string): string[] {
  const lines = yaml.replace(/\n+$/, '').split('\n');
  const [first = ''] = lines;
  if (!isBlock(yaml)) return [`spec: ${first}`, ...lines.slice(1).map(indented)];
  return ['spec:', ...lines.map(indented)];
}

function indented(line: string): string {
  return line === '' ? '' : `    ${line}`;
}
