import { flag, oneOf, text } from '../../runtime/arguments/kinds.js';
import type { Shape } from '../../runtime/arguments/options.js';
import type { DrainedStep } from '../draining/drained.js';
import { type DrainOptions, drainShape } from '../draining/options.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import type { TrackStep } from '../track/action.js';

/**
 * The steps of `upgradeNode`, besides those of a reboot and of draining.
 *
 * - `check`: what runs, whether the upgrade is one that Talos allows, and whether etcd goes on without
 *   the node
 * - `pull`: the installer is pulled
 * - `install`: the installer runs
 * - `wait for installer`: its end was not seen, and it may still write
 * - `verify`: what runs now
 * - `wait for etcd`: the member of the node catches up
 */
export type UpgradeStep =
  | TrackStep
  | DrainedStep
  | 'check'
  | 'pull'
  | 'install'
  | 'wait for installer'
  | 'verify'
  | 'wait for etcd';

/** What a node is upgraded to. */
export interface UpgradeRequest {
  /** The installer, such as `factory.talos.dev/metal-installer/<schematic>:v1.14.1`. */
  readonly image: string;
  /** The release that the image holds, where its tag does not say. */
  readonly version?: string | undefined;
}

export const upgradeRequestShape: Shape<UpgradeRequest> = { image: text, version: text };

/** What is done to nodes that are upgraded, one or many. */
export interface UpgradeNodeSettings extends DrainOptions {
  /**
   * Whether a node is upgraded that runs the release and the schematic already. Default: no, nothing is
   * done to it.
   */
  readonly evenIfSame?: boolean | undefined;
  /**
   * Whether releases may be left out. Default: no; Talos is upgraded from one minor release to the
   * next.
   */
  readonly skipMinors?: boolean | undefined;
  /**
   * Whether a control plane is upgraded although etcd would not go on without it, or is not healthy:
   * `ignore`. Default: `guard`. A cluster of one control plane is always let pass.
   */
  readonly etcd?: 'guard' | 'ignore' | undefined;
  /**
   * Where the installer is pulled to, and runs from: `disk`, or `memory`, which nodes with 1.14 betas
   * and isolated workloads need. Default: `disk`.
   */
  readonly imageStore?: 'disk' | 'memory' | undefined;
  /** `POWERCYCLE` goes through the firmware; `DEFAULT` leaves it out where the node can. */
  readonly rebootMode?: 'DEFAULT' | 'POWERCYCLE' | undefined;
}

export const upgradeSettingsShape: Shape<UpgradeNodeSettings> = {
  ...drainShape,
  evenIfSame: flag,
  skipMinors: flag,
  etcd: oneOf('guard', 'ignore'),
  imageStore: oneOf('disk', 'memory'),
  rebootMode: oneOf('DEFAULT', 'POWERCYCLE'),
};

/** How one node is upgraded. */
export interface UpgradeNodeOptions extends OperationOptions<UpgradeStep>, UpgradeNodeSettings {}

export const upgradeOptionsShape: Shape<UpgradeNodeOptions> = {
  ...operationShape,
  ...upgradeSettingsShape,
};
