import type { ApplyConfiguration } from '../../../generated/features/configuration.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Operation } from '../run/operation.js';
import { mayHaveRun, rpcError } from '../run/refusals.js';

/** How long a node may take to apply a configuration. Milliseconds. */
const APPLY_MS = 60_000;
/** How long another change gets that is being applied. */
const BUSY_MS = 1_000;
const MOST_SENT = 3;

/** A configuration on its way. */
export interface ConfigurationSending {
  /** Refuses to send it, if that is not right any more. */
  readonly check: () => Promise<void>;
  readonly send: (call: CallOptions) => Promise<ApplyConfiguration>;
  /** Looks whether it was taken, after a reply that was lost. */
  readonly wasTaken: () => Promise<boolean>;
  /** What is waited for when the node says that it is not ready for it. */
  readonly otherChange: string;
}

/**
 * Sends a configuration. When the reply is lost, `wasTaken` looks; it is sent again only if it was not.
 * Gives the reply, if it came.
 */
export async function sendConfiguration<Step extends string>(
  operation: Operation<Step>,
  { check, send, wasTaken, otherChange }: ConfigurationSending,
): Promise<ApplyConfiguration | undefined> {
  const { signal, outcome } = operation;
  for (let sent = 1; ; ) {
    await check();
    operation.changes();
    try {
      return await send({ signal, timeoutMs: APPLY_MS });
    } catch (error) {
      signal.throwIfAborted();
      if (mayHaveRun(error)) {
        operation.knows('unknown');
        if (await wasTaken()) {
          operation.knows('changed');
          return undefined;
        }
        operation.knows(outcome);
        if (sent === MOST_SENT) throw error;
        sent += 1;
        continue;
      }
      operation.knows(outcome);
      if (rpcError(error)?.status !== 'failed-precondition') throw error;
      operation.waits(otherChange, error);
      await operation.sleep(BUSY_MS);
    }
  }
}
