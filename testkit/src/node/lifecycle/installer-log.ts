import type { Machine } from '../../base/machine.js';
import { supports } from '../../base/versions.js';
import { logs } from '../../topics/logs/logs.js';
import { goLogTime } from '../../topics/logs/timestamps.js';

/** Levels as the logger of Talos colours them. */
const levels = { info: '\u001b[34mINFO\u001b[0m', warn: '\u001b[33mWARN\u001b[0m' } as const;

/**
 * What machined writes into its log about an installer that it runs. Up to Talos 1.13 it writes the
 * begin and the end as it writes everything else.
 */
export class InstallerLog {
  readonly #machine: Machine;
  readonly #action: 'install' | 'upgrade';

  constructor(machine: Machine, action: 'install' | 'upgrade') {
    this.#machine = machine;
    this.#action = action;
  }

  get #what(): string {
    return this.#action === 'install' ? 'installation' : 'upgrade';
  }

  begins(image: string, disk: string): void {
    if (this.#isOld) this.#write(`starting ${this.#what}: installer_image=${image}, disk=${disk}`);
    else this.#log('info', `starting ${this.#what}`, { installer_image: image, disk });
  }

  says(message: string): void {
    this.#log('info', `${this.#what} progress`, { message });
  }

  ends(exitCode: number): void {
    const isDone = exitCode === 0;
    if (this.#isOld) {
      const end = isDone ? 'completed successfully' : 'failed';
      this.#write(`${this.#what} ${end}: exit_code=${exitCode}`);
    } else {
      const end = isDone ? 'completed' : 'failed';
      this.#log(isDone ? 'info' : 'warn', `${this.#what} ${end}`, { exit_code: exitCode });
    }
  }

  get #isOld(): boolean {
    return !supports(this.#machine.talosVersion, '1.14');
  }

  /** A line of the logger that the API of machined has. */
  #log(level: keyof typeof levels, message: string, fields: Record<string, string | number>): void {
    const component = this.#isOld ? {} : { component: 'machined' };
    const all = Object.entries({ ...component, service: 'lifecycle', ...fields });
    const text = all.map(([name, value]) => `"${name}": ${JSON.stringify(value)}`).join(', ');
    const at = new Date(this.#machine.clock.now()).toISOString();
    this.#machine.state(logs).write('machined', `${at} ${levels[level]} ${message} {${text}}`);
  }

  /** A line as machined writes most of them. */
  #write(text: string): void {
    const at = goLogTime(this.#machine.clock.now());
    this.#machine.state(logs).write('machined', `${at} [talos] ${text}`);
  }
}
