import { flag, oneOf, texts } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';

/** What is wiped, and how. Nothing of it has a default but what narrows it. */
export interface ResetNodeRequest {
  /**
   * What to wipe: `SYSTEM_DISK` is the disk that Talos is on, `USER_DISKS` those that `userDisks`
   * names, `ALL` both.
   */
  readonly mode: 'ALL' | 'SYSTEM_DISK' | 'USER_DISKS';
  /**
   * Whether the node first drains itself and, as a control plane, leaves etcd. Without it the others
   * keep a member that never comes back.
   */
  readonly graceful: boolean;
  /** Whether it boots again afterwards; otherwise it is turned off. */
  readonly reboot: boolean;
  /**
   * The partitions of the system disk to wipe, such as `EPHEMERAL`. Without them the whole disk is wiped,
   * Talos with it.
   */
  readonly systemPartitions?: readonly string[] | undefined;
  /** Other disks to wipe, such as `/dev/sdb`. Needed with `USER_DISKS`. */
  readonly userDisks?: readonly string[] | undefined;
}

const requestShape: Shape<ResetNodeRequest> = {
  mode: oneOf('ALL', 'SYSTEM_DISK', 'USER_DISKS'),
  graceful: flag,
  reboot: flag,
  systemPartitions: texts('EPHEMERAL'),
  userDisks: texts('/dev/sdb'),
};

/** What must be stated, with what it decides. */
const stated = {
  mode: 'it says which disks are wiped: ALL, SYSTEM_DISK or USER_DISKS',
  graceful: 'it says whether the node is drained and leaves etcd first',
  reboot: 'it says whether the node boots again or is turned off',
} as const;

/**
 * Checks a request before anything is sent.
 *
 * @throws {TalosConfigError} naming the field, and what is to be stated
 */
export function checkRequest(request: ResetNodeRequest): void {
  checkOptions(request, requestShape, 'reset');
  for (const [field, why] of Object.entries(stated)) {
    if (request[field as keyof typeof stated] === undefined) {
      throw refused(field, `must be stated: ${why}`);
    }
  }
  const { mode, systemPartitions, userDisks = [] } = request;
  if (systemPartitions?.length === 0) {
    throw refused('systemPartitions', 'is empty; leave it out to wipe the whole system disk');
  }
  if (mode === 'USER_DISKS' && systemPartitions !== undefined) {
    throw refused('systemPartitions', 'goes with the modes ALL and SYSTEM_DISK alone');
  }
  if (mode === 'USER_DISKS' && userDisks.length === 0) {
    throw refused('userDisks', 'must name the disks to wipe, such as /dev/sdb');
  }
  if (mode === 'SYSTEM_DISK' && userDisks.length > 0) {
    throw refused('userDisks', 'goes with the modes ALL and USER_DISKS alone');
  }
}

/** Whether the node keeps its configuration, and so who it is. */
export function keepsIdentity({ mode, systemPartitions }: ResetNodeRequest): boolean {
  if (mode === 'USER_DISKS') return true;
  return systemPartitions !== undefined && !systemPartitions.includes('STATE');
}

function refused(field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`reset: ${field}: ${problem}`, { field });
}
