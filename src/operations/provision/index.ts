import type { MachineConfig } from '../../machine-config/document.js';
import { parseMachineConfig } from '../../machine-config/parse/parse.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { text } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkedConfig } from '../configuration/checked.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { checkMachine, type NewMachine, pinned } from './machine.js';
import { reach, trusted } from './reach.js';
import { sendFirst } from './send.js';
import type { ProvisionStep } from './step.js';
import { type NewNode, untilUp } from './until-up.js';

export type { NewMachine } from './machine.js';
export type { ProvisionStep } from './step.js';
export type { NewNode } from './until-up.js';

/** How a machine gets its configuration. */
export interface ProvisionOptions extends OperationOptions<ProvisionStep> {
  /**
   * The release that runs on the machine, such as `v1.12.3`: up to Talos 1.12, machines do not tell.
   * Default: the newest that the library knows.
   */
  readonly talos?: string | undefined;
}

/** What `provision` made of a machine. */
export interface ProvisionedNode extends NewNode {
  /** Its address, as `machine.node` names it. */
  readonly node: string;
  /** The fingerprints of the key that the configuration went to. */
  readonly fingerprints: readonly string[];
  /** What the machine said of the configuration for people. */
  readonly warnings: readonly string[];
}

const shape: Shape<ProvisionOptions> = { ...operationShape, talos: text };

/**
 * Makes a node of a machine in maintenance: sends it its first configuration, and waits until it has
 * installed itself, and runs. A control plane of a cluster that has no etcd yet is waited for until it
 * can be bootstrapped; `awaitsBootstrap` tells.
 *
 * The configuration is read and validated first, as the machine would. It holds secrets, and goes only
 * to the key that is pinned, or that `trust` says yes to. It is sent once: when the reply is lost, the
 * machine is looked at, and it is sent again only if it stayed in maintenance.
 *
 * @example
 * ```ts
 * const node = talos.node('10.0.0.5');
 * await provision({ endpoint: '10.0.0.5', fingerprints: [pin], node }, config);
 * ```
 * @param config a machine configuration, as text or read
 * @throws {TalosConfigError} for a wrong option
 * @throws {MachineConfigError} when the configuration is one that the machine would refuse
 * @throws {TalosOperationError} when the machine has another key, or is not up within `timeoutMs`
 * (default: 1800000)
 */
export async function provision(
  machine: NewMachine,
  config: string | MachineConfig,
  options: ProvisionOptions = {},
  parts?: ReconnectParts,
): Promise<ProvisionedNode> {
  checkOptions(options, shape, 'provision');
  checkMachine(machine);
  // What cannot be read anywhere need not bother the machine.
  if (typeof config === 'string') parseMachineConfig(config, { talos: options.talos });
  const { node } = machine;
  const setup = { name: 'provision', target: node, options, defaultTimeoutMs: 1_800_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('reach the machine');
    const fingerprints = await trusted(operation, machine);
    const stranger = pinned(machine, fingerprints);
    try {
      const version = await reach(operation, machine, stranger);
      operation.begin('check the configuration');
      const checked = checkedConfig(config, version, options.talos);
      operation.begin('send the configuration');
      const reply = await sendFirst(operation, machine, stranger, checked.text);
      operation.begin('wait for the node');
      const up = await untilUp(operation, node);
      const warnings = reply?.warnings ?? checked.warnings;
      return { node: node.address, fingerprints, ...up, warnings };
    } finally {
      await stranger.close();
    }
  });
}
