import { system } from '../../../generated/features/system.js';
import { readBootId } from '../../reconnect/boot-id.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';
import { rpcError } from '../run/refusals.js';

/** What tells one boot of a node from another, as far as the caller may read it. */
export interface BootMark {
  /** The id that the kernel made at the boot. Before Talos 1.14 it is told to admins only. */
  readonly bootId: string | undefined;
  /** The time of the boot in seconds since 1970; read where the id is not told. */
  readonly bootTime: number | undefined;
}

/** The kernel derives the time of the boot from its clock, and so it moves a little. */
const BOOT_TIME_TOLERANCE_S = 3;

/**
 * Reads what tells the boot of a node.
 *
 * @throws {TalosRpcError} when the node does not answer
 */
export async function readBootMark(node: Target, options: CallOptions): Promise<BootMark> {
  const bootId = await readBootId(node, options);
  const bootTime = bootId === undefined ? await readBootTime(node, options) : undefined;
  return { bootId, bootTime };
}

async function readBootTime(node: Target, options: CallOptions): Promise<number | undefined> {
  try {
    const { bootTime } = await system(node).systemStat({}, options);
    return Number(bootTime);
  } catch (error) {
    if (rpcError(error)?.status === 'permission-denied') return undefined;
    throw error;
  }
}

/** Whether two marks are of one boot; nothing where they cannot be compared. */
export function isSameBoot(one: BootMark, other: BootMark): boolean | undefined {
  if (one.bootId !== undefined && other.bootId !== undefined) return one.bootId === other.bootId;
  if (one.bootTime === undefined || other.bootTime === undefined) return undefined;
  return Math.abs(one.bootTime - other.bootTime) <= BOOT_TIME_TOLERANCE_S;
}

/** Whether nothing tells this boot from another. */
export function isBlank({ bootId, bootTime }: BootMark): boolean {
  return bootId === undefined && bootTime === undefined;
}
