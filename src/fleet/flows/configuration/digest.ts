import { createHash } from 'node:crypto';
import { identityOf, type MachineConfig } from '../../../machine-config/document.js';
import { formatDocument } from '../../../machine-config/format/format.js';

/**
 * What a configuration is remembered by. Comments and the order of fields and documents make no
 * difference; the keys in it make it one that nobody can guess.
 */
export function digestOf(config: MachineConfig): string {
  const parts = config.documents
    .map((document) => `${identityOf(document)}\n${formatDocument(document)}`)
    .sort();
  return createHash('sha256').update(parts.join('---\n')).digest('hex');
}
