import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { installerVersion } from './installer.js';

/** What a configuration says to install. */
export interface InstallWish {
  readonly disk: string;
  /** The installer; empty for the release that runs. */
  readonly image: string;
  /** Whether an `UnattendedInstallConfig` says so, rather than `machine.install`. */
  readonly unattended: boolean;
  /** Whether the node boots anew by itself afterwards. */
  readonly reboot: boolean;
}

/** How far the installation is that needs nobody, as its resource says. */
export type InstallPhase = 'pending' | 'installing' | 'installed' | 'waiting-for-reboot';

/** One of the two systems that a disk has room for. */
export type BootEntry = 'A' | 'B';

/**
 * What is installed on the disk of a node: two boot entries, of which one is started at the next
 * boot. A node that has nothing installed runs from the medium it was started with. Notifies
 * `installation`.
 */
export class Installation {
  readonly #machine: Machine;
  /** The release on the medium that the node boots from while nothing is installed. */
  readonly #mediumVersion: string;
  readonly #entries = new Map<BootEntry, string>();
  #next: BootEntry = 'A';
  #booted: BootEntry = 'A';
  #wanted: InstallWish | undefined;
  #phase: InstallPhase | undefined;
  #installerPid: number | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#mediumVersion = machine.talosVersion;
    if (!machine.inMaintenance) this.#entries.set('A', machine.talosVersion);
  }

  /** Whether the disk has a system. */
  get isInstalled(): boolean {
    return this.#entries.size > 0;
  }

  /** The release that the next boot runs. */
  get version(): string {
    return this.#entries.get(this.#next) ?? this.#mediumVersion;
  }

  /** The entry that the boot loader started. */
  get bootedEntry(): BootEntry {
    return this.#booted;
  }

  /** How far the installation by configuration is; absent when there is none. */
  get phase(): InstallPhase | undefined {
    return this.#phase;
  }

  /** The process of an installer that runs in a container; absent while none does. */
  get installerPid(): number | undefined {
    return this.#installerPid;
  }

  /** An installer begins to run, or has ended. */
  setInstaller(pid: number | undefined): void {
    this.#installerPid = pid;
    this.#machine.notify('installation');
  }

  /** What the configuration says to install, if anything. */
  get wanted(): InstallWish | undefined {
    return this.#wanted;
  }

  /** Another configuration is in force. */
  want(install: InstallWish | undefined): void {
    this.#wanted = install;
    if (install?.unattended !== true) this.#setPhase(undefined);
    // It was installed in this boot, which is told until the next.
    else if (this.#phase !== 'waiting-for-reboot') {
      this.#setPhase(this.isInstalled ? 'installed' : 'pending');
    }
  }

  /** Whether the configuration says to install, and that was not done yet. */
  get shouldInstall(): boolean {
    return this.#wanted !== undefined && !this.isInstalled;
  }

  /** The boot loader starts an entry. */
  booted(): void {
    this.#booted = this.#next;
    this.#installerPid = undefined;
    if (this.#phase === 'waiting-for-reboot') this.#setPhase('installed');
  }

  /** The installation by configuration begins. */
  begin(): void {
    this.#setPhase('installing');
  }

  /** Installs what the configuration says; it takes a reboot to run from the disk. */
  install(): void {
    const { image = '', unattended, reboot } = this.#wanted ?? {};
    this.write('A', installerVersion(image) ?? this.#mediumVersion);
    if (unattended === true) this.#setPhase(reboot ? 'waiting-for-reboot' : 'installed');
  }

  /**
   * Installs a release for the next boot to start: over the entry that is not the default, which is
   * the one that runs if there was an upgrade since the last boot.
   */
  upgrade(version: string): void {
    this.write(other(this.#next), version);
  }

  /** Writes an entry and has the next boot start it. */
  write(entry: BootEntry, version: string): void {
    this.#entries.set(entry, version);
    this.#next = entry;
    this.#machine.notify('installation');
  }

  /**
   * Has the next boot start the entry that is not the default, if there is one, whichever runs now.
   * Returns whether.
   */
  rollback(): boolean {
    const next = other(this.#next);
    if (!this.#entries.has(next)) return false;
    this.#next = next;
    this.#machine.notify('installation');
    return true;
  }

  /** Removes everything, as a wipe of the system disk does. */
  wipe(): void {
    this.#entries.clear();
    this.#wanted = undefined;
    this.#phase = undefined;
    this.#next = 'A';
    this.#machine.notify('installation');
  }

  #setPhase(phase: InstallPhase | undefined): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#machine.notify('installation');
  }
}

function other(entry: BootEntry): BootEntry {
  return entry === 'A' ? 'B' : 'A';
}

/** What is installed on a node. */
export const installation = defineTopic({
  name: 'installation',
  lifetime: 'always',
  create: (machine: Machine) => new Installation(machine),
});
