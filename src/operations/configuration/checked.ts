import type { Version } from '../../../generated/features/system.js';
import type { MachineConfig } from '../../machine-config/document.js';
import { MachineConfigError } from '../../machine-config/error.js';
import { parseMachineConfig } from '../../machine-config/parse/parse.js';
import { type MachineMode, validateMachineConfig } from '../../machine-config/validate/validate.js';
import { releaseOfNode } from './release.js';

/** A configuration that a node takes, as far as that can be known from here. */
export interface CheckedConfig {
  readonly config: MachineConfig;
  /** What is sent: with the comments and the order of what was given. */
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Reads and validates a configuration as the node that is to get it would.
 *
 * @param node what the node says of its release and of where it runs; nothing, where it does not
 * @param fallback the release of a node that does not say
 * @throws {MachineConfigError} with all problems
 */
export function checkedConfig(
  given: string | MachineConfig,
  node: Version | undefined,
  fallback?: string,
): CheckedConfig {
  const talos = releaseOfNode(node?.version?.tag) ?? fallback;
  // Read again also what was read before, since it may have been for another release.
  const text = typeof given === 'string' ? given : given.toString();
  const config = parseMachineConfig(text, { talos });
  const mode = modeOf(node);
  const { errors, warnings } = validateMachineConfig(config, { mode, talos, onMachine: true });
  if (errors.length > 0) throw new MachineConfigError(errors.map((message) => ({ message })));
  return { config, text, warnings };
}

/** Where the node runs; where nobody knows, as what asks for the least. */
function modeOf(node: Version | undefined): MachineMode {
  if (node === undefined) return 'cloud';
  const mode = node.platform?.mode;
  return mode === 'cloud' || mode === 'container' ? mode : 'metal';
}
