import { system } from '../../../generated/features/system.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';

const EVERY_MS = 3_000;
const ATTEMPT_MS = 10_000;

/**
 * The release that a node runs, such as `v1.14.0`. It is asked until it answers: a connection from
 * before a boot may take a moment to be found dead.
 */
export function readRelease<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<string> {
  return poll(
    operation,
    { what: 'the node to tell its release', everyMs: EVERY_MS, attemptMs: ATTEMPT_MS },
    async (call) => {
      const { version } = await system(node).version({}, call);
      return version === undefined ? { missing: 'a reply without one' } : { found: version.tag };
    },
  );
}
