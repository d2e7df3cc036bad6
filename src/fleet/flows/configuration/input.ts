import type { ConfigurationChange } from '../../../operations/apply-configuration/index.js';
import { duration, flag, oneOf, text, texts } from '../../../runtime/arguments/kinds.js';
import type { Shape } from '../../../runtime/arguments/options.js';
import { TalosConfigError } from '../../../runtime/errors/config-error.js';
import { type RollNodesSettings, rollNodesShape } from '../nodes/settings.js';

/** What the configurations of nodes are to be, by names: configurations hold secrets. One of these. */
export type ConfigurationReference = {
  /**
   * Files with patches, such as `patches/sysctls.yaml`. `{cluster}` and `{node}` in a path stand for the
   * name of the cluster and the address of the node.
   */
  readonly patches?: readonly string[] | undefined;
  /** A file with the whole configuration of a node, such as `configs/{cluster}/{node}.yaml`. */
  readonly file?: string | undefined;
  /** What `configurationOf` is asked for. */
  readonly name?: string | undefined;
};

/** What is done to the configurations of nodes, and how. */
export type RollOutSettings = RollNodesSettings &
  ConfigurationReference & {
    /**
     * `NO_REBOOT` puts a configuration in force and on the disk; `STAGED` on the disk alone, for the next
     * boot; `TRY` puts it in force, looks at the node, and then keeps it or lets the node go back.
     * Default: `NO_REBOOT`.
     */
    readonly mode?: 'NO_REBOOT' | 'STAGED' | 'TRY' | undefined;
    /** Milliseconds after which a node goes back by itself from what it tries. Default: 120000. */
    readonly tryTimeoutMs?: number | undefined;
    /** Whether nodes are drained and rebooted afterwards. Default: no. */
    readonly reboot?: boolean | undefined;
    /** How they are rebooted. Default: `DEFAULT`. */
    readonly rebootMode?: 'DEFAULT' | 'POWERCYCLE' | undefined;
    /**
     * What becomes of a configuration that is staged or being tried, when patches build on the one in
     * force: `refuse` leaves it and fails, `replace` loses it. Default: `refuse`.
     */
    readonly pending?: 'refuse' | 'replace' | undefined;
  };

export const rollOutShape: Shape<RollOutSettings> = {
  ...rollNodesShape,
  patches: texts('patches/sysctls.yaml'),
  file: text,
  name: text,
  mode: oneOf('NO_REBOOT', 'STAGED', 'TRY'),
  tryTimeoutMs: duration,
  reboot: flag,
  rebootMode: oneOf('DEFAULT', 'POWERCYCLE'),
  pending: oneOf('refuse', 'replace'),
};

/** The node that a configuration is for. */
export interface ConfigurationPlace {
  readonly cluster: string;
  /** The address of the node. */
  readonly node: string;
  /** `controlplane`, `worker`, or another word of a newer release. */
  readonly type: string;
  /** The `name` in the input of the flow. */
  readonly name: string;
}

/**
 * Gives what the configuration of a node is to be: a whole one, patches of the one it has, or a function
 * of it. Called inside steps; nothing of it is remembered but a digest.
 */
export type ConfigurationOf = (
  place: ConfigurationPlace,
) => ConfigurationChange | Promise<ConfigurationChange>;

/**
 * Refuses an input that does not name one thing.
 *
 * @throws {TalosConfigError}
 */
export function checkReference(
  { patches, file, name }: ConfigurationReference,
  configurationOf: ConfigurationOf | undefined,
  flow: string,
): void {
  const given = [patches, file, name].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw refused(flow, 'patches', 'give one of patches, file and name');
  }
  if (patches?.length === 0) throw refused(flow, 'patches', 'there are none');
  if (name !== undefined && configurationOf === undefined) {
    throw refused(flow, 'name', 'the flow was made without configurationOf, which is asked for it');
  }
}

function refused(flow: string, field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${flow}: ${field}: ${problem}`, { field });
}
