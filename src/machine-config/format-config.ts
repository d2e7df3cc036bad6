import type { MachineConfigDocument } from '../../generated/machine-config/index.js';
import { MachineConfig } from './document.js';
import { formatDocument } from './format/format.js';
import { createMachineConfig } from './parse/parse.js';

/**
 * A machine configuration as Talos writes it: fields in the order of its structures, indented by
 * four, without comments. Documents that are plain objects are checked first.
 *
 * @throws {MachineConfigError} for documents that cannot be used.
 */
export function formatMachineConfig(
  config: MachineConfig | readonly MachineConfigDocument[],
): string {
  const { documents } = config instanceof MachineConfig ? config : createMachineConfig(config);
  return documents.map(formatDocument).join('---\n');
}
