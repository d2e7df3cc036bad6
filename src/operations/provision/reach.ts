import { system, type Version } from '../../../generated/features/system.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal, rpcError } from '../run/refusals.js';
import { type NewMachine, type Stranger, untrusted } from './machine.js';
import type { ProvisionStep } from './step.js';

/** How often the machine is looked at, and how long a look may take. */
const LOOK = { everyMs: 2_000, attemptMs: 10_000 } as const;

/** The fingerprints to pin: those given, or the one of the machine if the caller trusts it. */
export async function trusted(
  operation: Operation<ProvisionStep>,
  machine: NewMachine,
): Promise<readonly string[]> {
  const { fingerprints, trust, endpoint } = machine;
  if (trust === undefined) return fingerprints ?? [];
  const look = untrusted(machine);
  try {
    const options = { ...LOOK, what: 'the machine to show its key' };
    const fingerprint = await poll(operation, options, async (attempt) => {
      try {
        await system(look).version({}, { ...attempt, retry: false });
      } catch (error) {
        const seen = fingerprintOf(error);
        if (seen === undefined) throw error;
        return { found: seen };
      }
      throw operation.failure(`${endpoint} has a certificate that everybody trusts`, {
        hint: 'machines in maintenance sign their own; is this the machine?',
      });
    });
    if ((await trust(fingerprint)) === true) return [fingerprint];
    throw operation.failure(`the key ${fingerprint} of ${endpoint} is not trusted`, {
      hint: 'compare it with the console of the machine',
    });
  } finally {
    await look.close();
  }
}

/**
 * Waits for the machine, and gives what it says of itself: nothing up to Talos 1.12. A machine with
 * another key is refused.
 */
export function reach(
  operation: Operation<ProvisionStep>,
  machine: NewMachine,
  pinnedMachine: Stranger,
): Promise<Version | undefined> {
  const options = { ...LOOK, what: 'the machine to answer', isFinal: isRefusal };
  return poll(operation, options, async (attempt) => {
    try {
      return { found: await system(pinnedMachine).version({}, { ...attempt, retry: false }) };
    } catch (error) {
      const failed = rpcError(error);
      const seen = fingerprintOf(error);
      const isOld = failed?.status === 'unimplemented' && failed.outcome === 'answered';
      if (isOld) return { found: undefined };
      if (seen === undefined) throw error;
      throw operation.failure(`${machine.endpoint} has another key, ${seen}`, {
        cause: error,
        hint: (await isNode(operation, machine))
          ? 'it is a node of the cluster already: applyConfiguration changes its configuration'
          : 'keys change at every boot and every 12 hours: compare it with the console',
      });
    }
  });
}

/** The key of a server that was not trusted. */
function fingerprintOf(error: unknown): string | undefined {
  return (error as { readonly peerFingerprint?: string | undefined }).peerFingerprint;
}

/** Whether it answers as a node of the cluster. */
async function isNode(
  { signal }: Operation<ProvisionStep>,
  { node }: NewMachine,
): Promise<boolean> {
  try {
    await system(node).version({}, { signal, timeoutMs: LOOK.attemptMs, retry: false });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
