import type { MachineConfigDocument } from '../../generated/machine-config/index.js';
import { MachineConfig } from './document.js';
import { formatDocument } from './format/format.js';
import { createMachineConfig } from './parse/parse.js';
import { kindOf } from './structure/structure.js';

/**
 * A machine configuration as Talos writes it: the `v1alpha1` document first, fields in the order of
 * its structures, indented by four, without comments. Documents that are plain objects are checked
 * first.
 *
 * @throws {MachineConfigError} for documents that cannot be used.
 */
export function formatMachineConfig(
  config: MachineConfig | readonly MachineConfigDocument[],
): string {
  const { documents } = config instanceof MachineConfig ? config : createMachineConfig(config);
  const isOld = (document: MachineConfigDocument) => kindOf(document) === 'v1alpha1';
  const inOrder = [...documents.filter(isOld), ...documents.filter((each) => !isOld(each))];
  return inOrder.map(formatDocument).join('---\n');
}
