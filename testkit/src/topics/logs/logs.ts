import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { services } from '../services/services.js';
import { Log } from './log.js';
import { kernelSource, machinedSource, serviceSource, steadySource } from './sources.js';

/**
 * The logs of a node's services, in memory: each is there once its service has run.
 *
 * @example
 * ```ts
 * machine.state(logs).write('kubelet', 'something happened');
 * ```
 */
export class Logs {
  readonly #machine: Machine;
  readonly #logs = new Map<string, Log>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The ids of all logs, sorted. */
  get ids(): readonly string[] {
    return [...new Set([...this.#logs.keys(), ...this.#builtIn()])].sort();
  }

  /** A log by its id; absent while nobody has written one. */
  find(id: string): Log | undefined {
    const found = this.#logs.get(id);
    if (found !== undefined || !this.#builtIn().includes(id)) return found;
    return this.#open(id);
  }

  /** Adds text and a line break, or bytes as they are, to a log. */
  write(id: string, content: string | Uint8Array): void {
    const log = this.find(id) ?? this.#open(id);
    // What came before stands before it.
    log.catchUp();
    log.write(content);
  }

  #builtIn(): readonly string[] {
    const machine = this.#machine;
    const ran = machine
      .state(services)
      .list()
      .filter(({ history }) => history.some(({ state }) => state === 'Running'))
      .map(({ id }) => id);
    return [
      'controller-runtime',
      ...(machine.inMaintenance ? [] : ['dns-resolve-cache']),
      'kernel',
      'machined',
      ...ran,
    ];
  }

  #open(id: string): Log {
    const log = new Log(this.#machine, this.#sourceOf(id));
    this.#logs.set(id, log);
    return log;
  }

  #sourceOf(id: string) {
    switch (id) {
      case 'kernel':
        return kernelSource(this.#machine);
      case 'machined':
        return machinedSource(this.#machine);
      case 'controller-runtime':
      case 'dns-resolve-cache':
        return steadySource(this.#machine, id);
      default:
        return serviceSource(this.#machine, id);
    }
  }
}

/** The logs of a node's services. */
export const logs = defineTopic({
  name: 'logs',
  lifetime: 'boot',
  create: (machine: Machine) => new Logs(machine),
});
