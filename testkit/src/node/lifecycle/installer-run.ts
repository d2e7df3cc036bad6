import type { ContainerdInstance } from '../../../generated/shared.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { until } from '../../base/time/until.js';
import { defineTopic } from '../../base/topic.js';
import { hasImage } from '../../topics/images/lookup.js';
import { pathOf } from '../../topics/storage/device.js';
import { storage } from '../../topics/storage/storage.js';
import { installation } from '../../topics/system/installation.js';
import { installerVersion } from '../../topics/system/installer.js';
import { InstallerLog } from './installer-log.js';

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
  #running: Play | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Runs the installer of an image. Ends well even when the installer does not: its exit code tells.
   * The next boot runs what was installed.
   *
   * A caller who leaves leaves the installer running, and others locked out until it ends.
   *
   * @throws {ServerStatus} when it cannot be started.
   */
  async *run(
    options: InstallerOptions,
    signal: AbortSignal,
  ): AsyncGenerator<InstallerProgress, void, undefined> {
    this.#check(options);
    const machine = this.#machine;
    const told: InstallerProgress[] = [];
    let wake = () => {};
    const play = new Play(
      machine,
      this.#install(options, told, () => wake()),
      () => {
        this.#running = undefined;
        machine.state(installation).setInstaller(undefined);
        wake();
      },
    );
    this.#running = play;
    machine.state(installation).setInstaller(INSTALLER_PID);
    play.begin();
    for (let next = 0; ; next++) {
      const progress = await until(
        () => told[next] ?? (this.#running === play ? undefined : 'over'),
        (again) => {
          wake = again;
          return () => {
            wake = () => {};
          };
        },
        signal,
      );
      if (progress === 'over') return;
      yield progress;
    }
  }

  /** The checks in the order of Talos. */
  #check(options: InstallerOptions): void {
    const { action, containerd, image, disk } = options;
    if (this.#running !== undefined) {
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
    if (action === 'install') this.#checkDisk(disk);
    new InstallerLog(this.#machine, action).begins(image, diskOf(options));
    const failed = `${action === 'install' ? 'installation' : 'upgrade'} failed`;
    let present: boolean;
    try {
      present = hasImage(this.#machine, containerd, image);
    } catch (cause) {
      throw new ServerStatus('internal', `${failed}: ${goText(cause)}`, { cause });
    }
    if (present) return;
    throw new ServerStatus(
      'internal',
      `${failed}: installer image ${JSON.stringify(image)} not found in containerd store: ` +
        `image ${JSON.stringify(image)}: not found`,
    );
  }

  #checkDisk(disk: string): void {
    if (disk === '') throw new ServerStatus('invalid-argument', 'destination disk is required');
    if (hasDisk(this.#machine, disk)) return;
    throw new ServerStatus(
      'invalid-argument',
      `invalid disk path: lstat ${disk}: no such file or directory`,
    );
  }

  *#install(options: InstallerOptions, told: InstallerProgress[], wake: () => void): Script {
    const { action, image } = options;
    const machine = this.#machine;
    const random = machine.random.fork(`installer/${machine.boots}`);
    const log = new InstallerLog(machine, action);
    const say = (progress: InstallerProgress) => {
      if (progress.case === 'message') log.says(progress.value);
      else log.ends(progress.value);
      told.push(progress);
      wake();
    };
    const version = installerVersion(image);
    say({ case: 'message', value: `running Talos installer ${version ?? 'unknown'}\n` });
    if (version === undefined) {
      say({ case: 'message', value: `Error: ${image} holds no installer\n` });
      say({ case: 'exitCode', value: 1 });
      return;
    }
    for (const line of linesOf(action, version, diskOf(options))) {
      yield paceOf('installer', random);
      say({ case: 'message', value: `${line}\n` });
    }
    const system = machine.state(installation);
    if (action === 'install') system.write('A', version);
    else system.upgrade(version);
    say({ case: 'exitCode', value: 0 });
  }

  /** Ends with the boot. */
  stop(): void {
    this.#running?.cancel();
  }
}

/** An error of gRPC within another, in the words of Go. */
function goText(cause: unknown): string {
  if (!(cause instanceof ServerStatus)) return String(cause);
  const code = cause.status
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return `rpc error: code = ${code} desc = ${cause.message}`;
}

/** The process that the installer has, in the numbers of the node. */
const INSTALLER_PID = 31_337;

const SYSTEM_DISK = '/dev/sda';

/** The disk that an installer writes to: an upgrade stays on the one that the system is on. */
function diskOf({ action, disk }: InstallerOptions): string {
  return action === 'install' ? disk : SYSTEM_DISK;
}

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
