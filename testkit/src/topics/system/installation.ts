import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { installerVersion } from './installer.js';

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
  #wanted: { readonly disk: string; readonly image: string } | undefined;
  #phase: InstallPhase | undefined;

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

  /** The image that the configuration installs. */
  get image(): string | undefined {
    return this.#wanted?.image;
  }

  /** What the configuration says to install, if anything. */
  want(install: { readonly disk: string; readonly image: string } | undefined): void {
    this.#wanted = install;
    if (install !== undefined) this.#setPhase(this.isInstalled ? 'installed' : 'pending');
  }

  /** Whether the configuration says to install, and that was not done yet. */
  get shouldInstall(): boolean {
    return this.#wanted !== undefined && !this.isInstalled;
  }

  /** The boot loader starts an entry. */
  booted(): void {
    this.#booted = this.#next;
    if (this.#phase === 'waiting-for-reboot') this.#setPhase('installed');
  }

  /** The installation by configuration begins. */
  begin(): void {
    this.#setPhase('installing');
  }

  /** The installation by configuration is done; it takes a reboot to run from the disk. */
  complete(): void {
    this.write('A', installerVersion(this.image ?? '') ?? this.#mediumVersion);
    this.#setPhase('waiting-for-reboot');
  }

  /** Installs a release beside the one that runs; the next boot starts it. */
  upgrade(version: string): void {
    this.write(this.#booted === 'A' ? 'B' : 'A', version);
  }

  /** Writes an entry and has the next boot start it. */
  write(entry: BootEntry, version: string): void {
    this.#entries.set(entry, version);
    this.#next = entry;
    this.#machine.notify('installation');
  }

  /** Has the next boot start the other entry, if there is one. Returns whether. */
  rollback(): boolean {
    const other = this.#booted === 'A' ? 'B' : 'A';
    if (!this.#entries.has(other)) return false;
    this.#next = other;
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

  #setPhase(phase: InstallPhase): void {
    this.#phase = phase;
    this.#machine.notify('installation');
  }
}

/** What is installed on a node. */
export const installation = defineTopic({
  name: 'installation',
  lifetime: 'always',
  create: (machine: Machine) => new Installation(machine),
});
