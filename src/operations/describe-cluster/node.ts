import { MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { system } from '../../../generated/features/system.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';
import type { ClusterMember, DiscoveredNode } from '../members/read-members.js';
import { otherNode } from '../run/other-node.js';

/** A node of a cluster, and how it is. */
export interface DescribedNode extends Omit<DiscoveredNode, 'operatingSystem'> {
  /** Whether it answered. */
  readonly isUp: boolean;
  /** The stage that it is in, such as `running` or `booting`; absent when it did not answer. */
  readonly stage: string | undefined;
  /** Whether it says that it is ready; false when it did not answer. */
  readonly isReady: boolean;
  /** What keeps it from being ready, as `name: reason`. */
  readonly unmetConditions: readonly string[];
  /** Its release of Talos, such as `v1.14.0`: its own words, or else what the others know of it. */
  readonly version: string | undefined;
  /** Why it did not answer; absent when it did. */
  readonly error: unknown;
}

/** Asks a node how it is. What it fails with is in the description. */
export async function describeNode(
  target: Target,
  { operatingSystem, apiServerPort, ...found }: ClusterMember,
  call: CallOptions,
): Promise<DescribedNode> {
  const known = /\((v[^)]+)\)/.exec(operatingSystem)?.[1];
  try {
    const node = otherNode(target, found.address);
    const [{ spec }, { version }] = await Promise.all([
      cosi(node).get(MachineStatus, undefined, call),
      system(node).version({}, call),
    ]);
    return {
      ...found,
      isUp: true,
      stage: spec.stage,
      isReady: spec.status.ready,
      unmetConditions: spec.status.unmetConditions.map(({ name, reason }) => `${name}: ${reason}`),
      version: version?.tag || known,
      error: undefined,
    };
  } catch (error) {
    const nothing = { stage: undefined, isReady: false, unmetConditions: [] };
    return { ...found, isUp: false, ...nothing, version: known, error };
  }
}
