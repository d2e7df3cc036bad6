import {
  type ApplyConfiguration,
  configuration,
} from '../../../generated/features/configuration.js';
import { system } from '../../../generated/features/system.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';
import { sendConfiguration } from '../configuration/send-configuration.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { rpcError } from '../run/refusals.js';
import type { NewMachine, Stranger } from './machine.js';
import type { ProvisionStep } from './step.js';

const LOOK = { everyMs: 2_000, attemptMs: 10_000 } as const;
/** A machine that took a configuration leaves maintenance at once: after this long it has not. */
const STAYED_MS = 20_000;

/**
 * Sends the first configuration of a machine. When the reply is lost, the machine is looked at: it is
 * sent again only if it is still in maintenance. Gives the reply, if it came.
 */
export function sendFirst(
  operation: Operation<ProvisionStep>,
  { node }: NewMachine,
  machine: Stranger,
  text: string,
): Promise<ApplyConfiguration | undefined> {
  // In maintenance all releases take AUTO, and old ones nothing but it.
  const request = { data: Buffer.from(text), mode: 'AUTO' } as const;
  return sendConfiguration(operation, {
    check: async () => {},
    send: (call) => configuration(machine).apply(request, call),
    wasTaken: () => hasLeft(operation, node, machine),
    otherChange: 'another configuration to be taken',
  });
}

/** Whether the machine has left maintenance: it answers as a node, or not at all any more. */
function hasLeft(
  operation: Operation<ProvisionStep>,
  node: Target,
  machine: Stranger,
): Promise<boolean> {
  const since: { at?: number } = {};
  const options = { ...LOOK, what: 'a trace of the configuration' };
  return poll(operation, options, async (attempt) => {
    const [isNode, isMachine] = await Promise.all([
      answers(operation, node, attempt),
      answers(operation, machine, attempt),
    ]);
    if (isNode) return { found: true };
    if (!isMachine) return { missing: 'the machine does not answer' };
    since.at ??= operation.clock.now();
    const hasStayed = operation.clock.now() - since.at >= STAYED_MS;
    return hasStayed ? { found: false } : { missing: 'the machine is in maintenance still' };
  });
}

async function answers(
  { signal }: Operation<ProvisionStep>,
  target: Target,
  attempt: CallOptions,
): Promise<boolean> {
  try {
    await system(target).version({}, { ...attempt, retry: false });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // Old machines have no such call, and say so.
    const failed = rpcError(error);
    return failed?.outcome === 'answered' && failed.status === 'unimplemented';
  }
}
