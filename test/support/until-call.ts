import type { JournalEntry } from '../../testkit/src/base/calls/journal.js';
import type { SimulatedCluster } from '../../testkit/src/cluster/cluster.js';

/**
 * Resolves when a call that is in progress `fits`. The journal itself tells when calls come and end,
 * and not how many replies were given.
 */
export async function untilCall(
  { journal }: SimulatedCluster,
  fits: (call: JournalEntry) => boolean,
): Promise<void> {
  while (!journal.calls.some((call) => call.outcome === undefined && fits(call))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
