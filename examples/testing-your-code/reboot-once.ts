import type { TalosNode } from 'talos-client';
import { reboot } from 'talos-client/operations/reboot';
import { system } from 'talos-client/system';

/**
 * Reboots a node unless it has booted since a time, so that a job that is run again, after it failed
 * half way, reboots no node twice. Says whether it did.
 */
export async function rebootOnce(node: TalosNode, since = new Date()): Promise<boolean> {
  const { bootTime } = await system(node).systemStat();
  if (Number(bootTime) * 1000 >= since.getTime()) return false;
  await reboot(node, { drain: 'never' });
  return true;
}
