import { oneOf } from '../../runtime/arguments/kinds.js';
import type { Shape } from '../../runtime/arguments/options.js';

/** How nodes are rebooted, one or many. */
export interface RebootSettings {
  /**
   * `DEFAULT` skips the firmware where the node can, `POWERCYCLE` goes through it, `FORCE` ends pods
   * and services without care. Default: `DEFAULT`.
   */
  readonly mode?: 'DEFAULT' | 'POWERCYCLE' | 'FORCE' | undefined;
}

export const rebootSettingsShape: Shape<RebootSettings> = {
  mode: oneOf('DEFAULT', 'POWERCYCLE', 'FORCE'),
};
