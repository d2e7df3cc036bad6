import { contractOf, isAtLeast } from '../contract.js';
import type { MachineConfig } from '../document.js';
import { createMachineConfig } from '../parse/parse.js';
import { patchMachineConfig } from '../patch/patch-machine-config.js';
import type { MachineConfigPatch } from '../patch/patch-type.js';
import type { SecretsBundle } from '../secrets/bundle.js';
import { generateSecrets } from '../secrets/generate.js';
import { checkedInput } from './check.js';
import { generatedDocuments } from './documents.js';
import { type Input, type MachineType, Plan } from './input.js';
import type { GenerateOptions } from './options.js';
import { generateTalosconfig, type TalosconfigOptions } from './talosconfig.js';

/** What the configurations of a cluster are to say, and who is to be let in. */
export interface GenerateAllOptions
  extends Omit<GenerateOptions, 'secrets'>,
    Pick<TalosconfigOptions, 'endpoints' | 'roles' | 'now'> {
  /** The secrets of the cluster. Default: new ones, which you find in the result. */
  readonly secrets?: SecretsBundle | undefined;
  /** Patches for all machines, see `patchMachineConfig`. */
  readonly patches?: readonly MachineConfigPatch[] | undefined;
  /** Patches for control planes, after those for all. */
  readonly controlPlanePatches?: readonly MachineConfigPatch[] | undefined;
  /** Patches for workers, after those for all. */
  readonly workerPatches?: readonly MachineConfigPatch[] | undefined;
}

/** The configurations of a cluster. */
export interface MachineConfigs {
  readonly controlPlane: MachineConfig;
  readonly worker: MachineConfig;
  /** The text of a talosconfig with a new certificate for an admin. Keep it to yourself. */
  readonly talosconfig: string;
  /** The secrets that all of it was made from. Keep them to yourself. */
  readonly secrets: SecretsBundle;
  /** Remarks about options that do not work with the contract, in the form that talosctl gives them. */
  readonly warnings: readonly string[];
}

/**
 * Generates the configurations of the machines of a cluster and a talosconfig for it, as
 * `talosctl gen config` does. Write them with `formatMachineConfig`, byte for byte as talosctl
 * would without its comments; change them with `patchMachineConfig`. Needs `node:crypto`;
 * `generateMachineConfig`, for one machine, does not.
 *
 * Differs from talosctl in one thing: the AES-CBC secret of a cluster from the days of Talos 1.2 is
 * written for contracts up to 1.13, where talosctl loses it, and refused from 1.14 on, where
 * talosctl makes a key of another cipher of it.
 *
 * @throws {MachineConfigError} with all that is wrong with the options, by their names, or with a
 *   patch.
 *
 * @example
 * ```ts
 * const { controlPlane, worker, talosconfig } = await generateMachineConfigs({
 *   clusterName: 'prod',
 *   endpoint: 'https://10.5.0.2:6443',
 *   talos: 'v1.14.0',
 *   kubernetes: 'v1.36.0',
 *   secrets: parseSecrets(await readFile('secrets.yaml', 'utf8')),
 *   endpoints: ['10.5.0.2'],
 * });
 * ```
 */
export async function generateMachineConfigs(options: GenerateAllOptions): Promise<MachineConfigs> {
  const { talos, kubernetes, now } = options;
  contractOf(talos ?? '', 'talos');
  const secrets =
    options.secrets ??
    (await generateSecrets({ contract: talos, kubernetes: kubernetes !== false, now }));
  const input = checkedInput({ ...options, secrets });
  const { patches = [], controlPlanePatches = [], workerPatches = [] } = options;
  const patched = (type: MachineType, more: readonly MachineConfigPatch[]) =>
    patchMachineConfig(configFor(input, type), [...patches, ...more]);
  return {
    controlPlane: patched('controlplane', controlPlanePatches),
    worker: patched('worker', workerPatches),
    talosconfig: generateTalosconfig({ ...options, secrets }),
    secrets,
    warnings: warningsOf(input),
  };
}

/**
 * Generates the configuration of one machine, as `talosctl gen config` does. Works without
 * `node:crypto`.
 *
 * @throws {MachineConfigError} with all that is wrong with the options, by their names.
 */
export function generateMachineConfig(type: MachineType, options: GenerateOptions): MachineConfig {
  return configFor(checkedInput(options), type);
}

function configFor(input: Input, type: MachineType): MachineConfig {
  return createMachineConfig(generatedDocuments(new Plan(input, type)));
}

function warningsOf({ contract, installExtraKernelArgs = [] }: Input): readonly string[] {
  if (installExtraKernelArgs.length === 0 || !isAtLeast(contract, '1.12')) return [];
  return isAtLeast(contract, '1.14')
    ? [
        'installExtraKernelArgs: from contract v1.14 on configurations have no place for them; ' +
          'they belong into the installer image',
      ]
    : [
        'installExtraKernelArgs: Talos refuses them unless a patch sets ' +
          'machine.install.grubUseUKICmdline to false, which contracts v1.12 and v1.13 make true',
      ];
}
