import type { ContainerdInstance } from '../../../generated/shared.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { sleep } from '../../base/time/clock.js';
import { paceOf } from '../../base/time/pace.js';
import { defineTopic } from '../../base/topic.js';
import { hasImage } from '../../topics/images/lookup.js';
import { pathOf } from '../../topics/storage/device.js';
import { storage } from '../../topics/storage/storage.js';
import { installation } from '../../topics/system/installation.js';
import { installerVersion } from '../../topics/system/installer.js';

/** What an installer is run for. */
export interface InstallerOptions {
  readonly action: 'install' | 'upgrade';
  readonly containerd: ContainerdInstance | undefined;
  readonly image: string;
  /** The disk to install on. */
  readonly disk: string;
}

/** What an installer says: its output line by line, and its exit code at last. */
export type InstallerProgress =
  | { readonly case: 'message'; readonly value: string }
  | { readonly case: 'exitCode'; readonly value: number };

/** Runs installers on a node, one at a time. */
export class Installers {
  readonly #machine: Machine;
  #busy = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Runs the installer of an image. Ends well even when the installer does not: its exit code tells.
   * The next boot runs what was installed.
   *
   * @throws {ServerStatus} when it cannot be started.
   */
  async *run(
    options: InstallerOptions,
    signal: AbortSignal,
  ): AsyncGenerator<InstallerProgress, void, undefined> {
    this.#check(options);
    this.#busy = true;
    try {
      yield* this.#output(options, signal);
    } finally {
      this.#busy = false;
    }
  }

  #check({ action, containerd, image, disk }: InstallerOptions): void {
    if (this.#busy) {
      throw new ServerStatus(
        'failed-precondition',
        'another installation/upgrade is already in progress',
      );
    }
    const { isInstalled } = this.#machine.state(installation);
    if (action === 'install' && isInstalled) {
      throw new ServerStatus('already-exists', 'machine is already installed');
    }
    if (action === 'upgrade' && !isInstalled) {
      throw new ServerStatus('failed-precondition', 'machine is not installed');
    }
    if (image === '') {
      throw new ServerStatus('invalid-argument', 'installer image name is required');
    }
    if (action === 'install' && disk === '') {
      throw new ServerStatus('invalid-argument', 'destination disk is required');
    }
    if (!hasImage(this.#machine, containerd, image)) {
      const failed = action === 'install' ? 'installation failed' : 'upgrade failed';
      const name = JSON.stringify(image);
      throw new ServerStatus(
        'internal',
        `${failed}: installer image ${name} not found in containerd store: image ${name}: not found`,
      );
    }
  }

  async *#output(
    { action, image, disk }: InstallerOptions,
    signal: AbortSignal,
  ): AsyncGenerator<InstallerProgress, void, undefined> {
    const machine = this.#machine;
    const random = machine.random.fork(`installer/${machine.boots}`);
    const version = installerVersion(image);
    const target = action === 'install' ? disk : SYSTEM_DISK;
    const problem =
      version === undefined
        ? `${image} holds no installer`
        : hasDisk(machine, target)
          ? undefined
          : `failed to probe ${target}: no such device`;
    const lines = problem === undefined ? linesOf(action, `${version}`, target) : [];
    yield { case: 'message', value: `running Talos installer ${version ?? 'unknown'}\n` };
    for (const line of lines) {
      await sleep(machine.clock, paceOf('installer', random), signal);
      yield { case: 'message', value: `${line}\n` };
    }
    if (problem !== undefined || version === undefined) {
      yield { case: 'message', value: `Error: ${problem}\n` };
      yield { case: 'exitCode', value: 1 };
      return;
    }
    const system = machine.state(installation);
    if (action === 'install') system.write('A', version);
    else system.upgrade(version);
    yield { case: 'exitCode', value: 0 };
  }
}

const SYSTEM_DISK = '/dev/sda';

/** Whether a node has a disk of this path; it may be one of its other paths, too. */
function hasDisk(machine: Machine, path: string): boolean {
  const { disks } = machine.state(storage);
  return disks.some((disk) => pathOf(disk) === path || disk.symlinks.includes(path));
}

function linesOf(action: 'install' | 'upgrade', version: string, disk: string): readonly string[] {
  return [
    ...(action === 'install'
      ? [`wiping ${disk}`, `creating a partition table on ${disk}`, 'formatting META, STATE']
      : [`using the partitions of ${disk}`]),
    `copying the boot assets of ${version}`,
    'updating the boot loader',
    `${action === 'install' ? 'installation' : 'upgrade'} of ${version} complete`,
  ];
}

/** The installers of a node. */
export const installers = defineTopic({
  name: 'installers',
  lifetime: 'boot',
  create: (machine: Machine) => new Installers(machine),
});
