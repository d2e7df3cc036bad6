import { ExtensionStatus } from '../../../generated/cosi/kinds/runtime.js';
import { cosi } from '../../cosi/cosi.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';

/**
 * The schematic of the Image Factory that the running system was made of; nothing if it was made in
 * another way. The factory adds an extension of this name to what it makes.
 */
export async function readSchematic<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<string | undefined> {
  const what = 'the node to tell its extensions';
  const extensions = await poll(
    operation,
    { what, everyMs: 3_000, attemptMs: 10_000 },
    async (call) => ({ found: await cosi(node).list(ExtensionStatus, call) }),
  );
  return extensions.find(({ spec }) => spec.metadata.name === 'schematic')?.spec.metadata.version;
}
