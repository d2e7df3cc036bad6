import { MachineConfig } from '../../machine-config/document.js';
import { patchMachineConfig } from '../../machine-config/patch/patch-machine-config.js';
import type { MachineConfigPatch } from '../../machine-config/patch/patch-type.js';
import { described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';

/**
 * What the configuration of a node is to be: a whole one, as text or read; patches of the one it has;
 * or a function that gives the new one for the one it has.
 */
export type ConfigurationChange =
  | string
  | MachineConfig
  | { readonly patches: readonly MachineConfigPatch[] }
  | ((current: MachineConfig) => string | MachineConfig | Promise<string | MachineConfig>);

/** Whether a change depends on what the node has, so that it may undo what others did since. */
export function buildsOnCurrent(change: ConfigurationChange): boolean {
  return typeof change === 'function' || isPatches(change);
}

/**
 * Refuses what is no change.
 *
 * @throws {TalosConfigError}
 */
export function checkChange(change: ConfigurationChange): void {
  const isChange =
    typeof change === 'string' ||
    typeof change === 'function' ||
    change instanceof MachineConfig ||
    isPatches(change);
  if (isChange) return;
  throw new TalosConfigError(
    'change: expected a configuration, { patches: [...] } or a function of the current ' +
      `configuration, got ${described(change)}`,
    { field: 'change' },
  );
}

/** The configuration that a change makes of the current one. */
export async function changed(
  change: ConfigurationChange,
  current: MachineConfig,
  talos: string | undefined,
): Promise<string | MachineConfig> {
  if (isPatches(change)) return patchMachineConfig(current, change.patches, { talos });
  if (typeof change !== 'function') return change as string | MachineConfig;
  const next = await change(current);
  if (typeof next === 'string' || next instanceof MachineConfig) return next;
  throw new TalosConfigError(
    `change: the function has to give a configuration, and gave ${described(next)}`,
    { field: 'change' },
  );
}

function isPatches(change: unknown): change is { readonly patches: readonly MachineConfigPatch[] } {
  return (
    !(change instanceof MachineConfig) &&
    Array.isArray((change as { readonly patches?: unknown } | null)?.patches)
  );
}
