import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable, isTalosError, type TalosNode, text } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { MachineStatus } from 'talos-client/cosi/runtime';
import { files } from 'talos-client/files';
import { lifecycle } from 'talos-client/lifecycle';

/** How patient `rebootOnce` is. */
export interface RebootOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at the node. */
  readonly pollMs?: number;
  /** How long a node that got the request may take to begin, in milliseconds. */
  readonly graceMs?: number;
}

/**
 * Reboots a node, and resolves when it is back. A reply that is lost says nothing of the reboot, so
 * what happened is read off the node: it has another boot id, or it has not begun and is asked
 * again. It never reboots twice.
 */
export async function rebootOnce(node: TalosNode, options: RebootOptions = {}): Promise<void> {
  const { signal = AbortSignal.timeout(15 * 60_000), pollMs = 1_000, graceMs = 10_000 } = options;
  const before = await bootId(node, signal);
  for (;;) {
    let accepted = true;
    try {
      await lifecycle(node).reboot({ mode: 'DEFAULT' }, { signal });
    } catch (error) {
      // Anything but silence is an answer: not authorized, for one.
      if (!isRetryable(error)) throw error;
      accepted = false;
    }
    for (let waited = 0; accepted || waited < graceMs; waited += pollMs) {
      const seen = await look(node, signal);
      if (seen !== undefined && seen.bootId !== before && seen.isUp) return;
      // Not there, or going down, or coming up: the request got through.
      if (seen === undefined || !seen.isUp) accepted = true;
      await sleep(pollMs, undefined, { signal });
    }
  }
}

/** What the node is like now; nothing while it is not there. */
async function look(node: TalosNode, signal: AbortSignal) {
  try {
    const id = await bootId(node, signal);
    const { spec } = await cosi(node).get(MachineStatus, 'machine', { signal });
    // The stage changes as soon as a reboot begins, long before the node is gone.
    return { bootId: id, isUp: spec.stage === 'running' };
  } catch (error) {
    if (!isTalosError(error) || !isRetryable(error)) throw error;
    return undefined;
  }
}

/** The id that the kernel makes at each boot. */
async function bootId(node: TalosNode, signal: AbortSignal): Promise<string> {
  return text(files(node).read({ path: '/proc/sys/kernel/random/boot_id' }, { signal }));
}
