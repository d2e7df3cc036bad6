import { flag, oneOf, text } from '../../../runtime/arguments/kinds.js';
import type { Shape } from '../../../runtime/arguments/options.js';
import { type RollNodesSettings, rollNodesShape } from '../nodes/settings.js';

/** What the nodes of clusters are upgraded to, and how. */
export type UpgradeSettings = RollNodesSettings & {
  /** The installer, such as `factory.talos.dev/metal-installer/<schematic>:v1.14.1`. */
  readonly image: string;
  /** The release that the image holds, where its tag does not say. */
  readonly version?: string | undefined;
  /** Whether minor releases may be left out. Default: no. */
  readonly skipMinors?: boolean | undefined;
  /**
   * Where the installer is pulled to, and runs from: `disk`, or `memory`, which nodes with 1.14 betas
   * and isolated workloads need. Default: `disk`.
   */
  readonly imageStore?: 'disk' | 'memory' | undefined;
  /** `POWERCYCLE` goes through the firmware; `DEFAULT` leaves it out where the node can. */
  readonly rebootMode?: 'DEFAULT' | 'POWERCYCLE' | undefined;
};

export const upgradeSettingsShape: Shape<UpgradeSettings> = {
  ...rollNodesShape,
  image: text,
  version: text,
  skipMinors: flag,
  imageStore: oneOf('disk', 'memory'),
  rebootMode: oneOf('DEFAULT', 'POWERCYCLE'),
};
