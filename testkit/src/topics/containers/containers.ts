import type { Machine } from '../../base/machine.js';
import type { Timer } from '../../base/time/clock.js';
import { defineTopic } from '../../base/topic.js';
import type { Pod } from '../kubernetes/pod.js';
import { pods } from '../kubernetes/pods.js';
import { containerVoice } from '../logs/container-voices.js';
import { Log } from '../logs/log.js';
import { containerSource } from '../logs/sources.js';
import { services } from '../services/services.js';
import type { NodeContainer, NodePod } from './container.js';
import { podContainers } from './pod-containers.js';

/** How long a container that was told to end takes, and until it is started again. */
const STOP_MS = 30;
const BACKOFF_MS = 1_000;

/** What became of a container of a pod since the pod was started. */
interface Change {
  readonly pid: number;
  readonly internalId: string;
  readonly startedAt: number;
  readonly restarts: number;
}

/**
 * The containers of a node: those of Talos' services, and those of Kubernetes. Notifies
 * `containers` when one is restarted; that others come and go is told as `services` and `pods`.
 */
export class Containers {
  readonly #machine: Machine;
  /** By the pod's id and the container's name; the name of a sandbox is empty. */
  readonly #changes = new Map<string, Change>();
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
      .map((pod) => {
        const { sandbox, containers, ...rest } = podContainers(machine, pod);
        const changed = (container: NodeContainer, key: string) => ({
          ...container,
          ...this.#changes.get(keyOf(pod, key)),
        });
        return {
          ...rest,
          sandbox: changed(sandbox, ''),
          containers: containers.map((container) => changed(container, container.name)),
        };
      });
  }

  /** Sends a signal to end to the container of a service; the service comes back by itself. */
  restartService(id: string): void {
    this.#later(STOP_MS, () => this.#machine.state(services).crash(id, 'exit code 143'));
  }

  /** Ends a container of a pod, or all of them with the sandbox; Kubernetes starts them anew. */
  restart(pod: NodePod, name: string): void {
    const current = this.pods.find(({ uid }) => uid === pod.uid);
    if (current === undefined) return;
    const { sandbox, containers } = current;
    const ending = name === '' ? [{ ...sandbox, name: '' }, ...containers] : containers;
    for (const container of ending) {
      if (name === '' || container.name === name) this.#restart(pod, container);
    }
  }

  #restart(pod: NodePod, container: NodeContainer): void {
    // Those that prepare the pod have ended long ago.
    if (container.pid === 0) return;
    const key = keyOf(pod, container.name);
    const restarts = container.restarts + 1;
    this.#later(STOP_MS, () => {
      this.#set(key, { ...container, pid: 0 });
      this.#later(BACKOFF_MS, () => {
        const random = this.#machine.random.fork(`container/${key}/${restarts}`);
        this.#set(key, {
          internalId: random.hex(64),
          pid: random.int(10_000, 32_000),
          startedAt: this.#machine.clock.now(),
          restarts,
        });
      });
    });
  }

  #set(key: string, { pid, internalId, startedAt, restarts }: Change): void {
    this.#changes.set(key, { pid, internalId, startedAt, restarts });
    this.#machine.notify('containers');
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

function keyOf({ uid }: Pick<Pod, 'uid'>, name: string): string {
  return `${uid}/${name}`;
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
