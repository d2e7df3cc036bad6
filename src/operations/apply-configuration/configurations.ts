import { MachineConfig as MachineConfigKind } from '../../../generated/cosi/kinds/config.js';
import { cosi } from '../../cosi/cosi.js';
import { diffMachineConfigs } from '../../machine-config/compare/diff-machine-configs.js';
import type { MachineConfig } from '../../machine-config/document.js';
import { parseMachineConfig } from '../../machine-config/parse/parse.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';

/** Both configurations of a node, as texts. */
export interface Configurations {
  /** The one in force. */
  readonly active: string;
  /**
   * The one on its disk, which the next boot takes: another one while one is tried or staged. The one
   * in force where the node does not tell.
   */
  readonly persistent: string;
}

/** Reads both configurations of a node. Needs `os:admin`. */
export async function readConfigurations(
  target: Target,
  options: CallOptions,
): Promise<Configurations> {
  const resources = cosi(target);
  const [active, persistent] = await Promise.all([
    resources.get(MachineConfigKind, 'v1alpha1', options),
    resources.find(MachineConfigKind, 'persistent', options),
  ]);
  return { active: active.spec, persistent: persistent?.spec ?? active.spec };
}

/**
 * Compares configurations by what they say: comments, order and defaults are no difference. Texts that
 * are equal need not be read.
 */
export class Comparing {
  readonly #talos: string | undefined;
  readonly #read = new Map<string, MachineConfig>();

  constructor(talos: string | undefined) {
    this.#talos = talos;
  }

  /** @throws {MachineConfigError} when the library cannot read it */
  parsed(text: string): MachineConfig {
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const config = parseMachineConfig(text, { talos: this.#talos });
    this.#read.set(text, config);
    return config;
  }

  areSame(one: string, other: string): boolean {
    if (one === other) return true;
    return diffMachineConfigs(this.parsed(one), this.parsed(other)).changes.length === 0;
  }
}
