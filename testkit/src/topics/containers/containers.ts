import type { Machine } from '../../base/machine.js';
import type { Timer } from '../../base/time/clock.js';
import { defineTopic } from '../../base/topic.js';
import { pods } from '../kubernetes/pods.js';
import { containerVoice } from '../logs/container-voices.js';
import { Log } from '../logs/log.js';
import { containerSource } from '../logs/sources.js';
import { services } from '../services/services.js';
import type { NodeContainer, NodePod } from './container.js';
import { podContainers } from './pod-containers.js';

/** How long a container of a service that was told to end takes. */
const STOP_MS = 30;

/**
 * The containers of a node: those of Talos' services, and those of Kubernetes. That they come and go
 * is told as `services` and `pods`.
 */
export class Containers {
  readonly #machine: Machine;
  readonly #logs = new Map<string, Log>();
  readonly #timers = new Set<Timer>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The containers of services in Talos' own container runtime. */
  get system(): readonly NodeContainer[] {
    return this.#machine
      .state(services)
      .list()
      .filter(({ id, pid }) => pid !== undefined && isInSystemRuntime(id))
      .map(({ id, pid = 0, startedAt = 0 }) => ({
        internalId: id,
        name: id,
        image: '',
        pid,
        startedAt,
        restarts: 0,
      }));
  }

  /** The pods of Kubernetes. */
  get pods(): readonly NodePod[] {
    const machine = this.#machine;
    return machine
      .state(pods)
      .list()
      .map((pod) => podContainers(machine, pod));
  }

  /** Sends a signal to end to the container of a service; the service comes back by itself. */
  restartService(id: string): void {
    this.#later(STOP_MS, () => this.#machine.state(services).crash(id, 'exit code 143'));
  }

  /** Ends a container of a pod, or all of them with the sandbox; Kubernetes starts them anew. */
  restart({ uid, sandbox, containers: own }: NodePod, name: string): void {
    const target = name === '' ? sandbox : own.find((container) => container.name === name);
    // Those that prepare the pod have ended long ago.
    if (target === undefined || target.pid === 0) return;
    this.#machine.state(pods).restart(uid, name === '');
  }

  #later(ms: number, run: () => void): void {
    const timer = this.#machine.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  /** The log of a container of a pod. */
  log(container: NodeContainer): Log {
    const { internalId, name } = container;
    let log = this.#logs.get(internalId);
    if (log === undefined) {
      log = new Log(this.#machine, containerSource(this.#machine, containerVoice(name), container));
      this.#logs.set(internalId, log);
    }
    return log;
  }

  /** Ends with the boot. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}

/** The kubelet and etcd run where pods do; the rest of Talos has a container runtime of its own. */
function isInSystemRuntime(id: string): boolean {
  return id === 'apid' || id === 'trustd' || id.startsWith('ext-');
}

/** The containers of a node. */
export const containers = defineTopic({
  name: 'containers',
  lifetime: 'boot',
  create: (machine: Machine) => new Containers(machine),
});
