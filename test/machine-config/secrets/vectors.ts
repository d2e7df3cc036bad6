import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { MachineConfig } from '../../../src/machine-config/document.js';

const folder = 'test/machine-config/vectors';

/** The secrets bundle that the configurations of the vectors were made of. */
export const bundleText = readFileSync(`${folder}/secrets.yaml`, 'utf8');

export const contracts = ['v1.9', 'v1.10', 'v1.11', 'v1.12', 'v1.13', 'v1.14'] as const;
export const variants = ['default', 'options', 'no-discovery-custom-cni'] as const;
export const types = ['controlplane', 'worker'] as const;

/** A configuration that the official generator made. */
export function vectorText(
  contract: (typeof contracts)[number],
  variant: (typeof variants)[number],
  type: (typeof types)[number],
): string {
  return readFileSync(`${folder}/gen-config/${contract}/${variant}.${type}.yaml`, 'utf8');
}

/** The documents of a text, as any YAML parser gives them, with whatever is wrong in them. */
export function documentsOf(text: string): MachineConfig {
  return MachineConfig.of(parseAllDocuments(text).map((document) => ({ value: document.toJS() })));
}
