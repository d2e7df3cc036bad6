import type { Enum, Init } from 'talos-client';
import type { ContainerInfo, Stat } from '../../../generated/containers.js';
import type { ContainerDriver } from '../../../generated/shared.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { services } from '../services/services.js';
import type { NodeContainer, NodePod } from './container.js';
import { containers } from './containers.js';
import { type Usage, usageOf } from './usage.js';

/** A container as one of the two ways to look at it shows it. */
export interface Shown {
  readonly info: Init<ContainerInfo>;
  /** What it uses; absent when it has ended. */
  readonly usage: Usage | undefined;
  /** The pod that it is part of; absent for services. */
  readonly pod: NodePod | undefined;
  readonly container: NodeContainer;
  readonly isSandbox: boolean;
}

/** Where to look for containers, as requests say it. */
export interface Place {
  readonly namespace: string;
  readonly driver: Enum<ContainerDriver>;
}

/**
 * The containers of a namespace.
 *
 * @throws {ServerStatus} `invalid-argument` for a place that there is not.
 * @throws {Error} when the container runtime does not run.
 */
export function showContainers(machine: Machine, place: Place): readonly Shown[] {
  const { namespace, driver } = place;
  if (namespace === '') throw new ServerStatus('invalid-argument', "namespace can't be empty");
  if (driver !== 'CRI' && driver !== 'CONTAINERD') {
    throw new ServerStatus('invalid-argument', `unsupported driver "${driver}"`);
  }
  if (driver === 'CRI' && namespace !== KUBERNETES) {
    throw new Error('CRI inspector is supported only for K8s namespace');
  }
  checkRuntime(machine, namespace);
  const state = machine.state(containers);
  if (namespace === SYSTEM) return state.system.map((container) => showService(machine, container));
  if (namespace !== KUBERNETES) return [];
  return state.pods.flatMap((pod) => [
    ...showPod(machine, pod, pod.sandbox, driver),
    ...pod.containers.flatMap((container) => showPod(machine, pod, container, driver)),
  ]);
}

const SYSTEM = 'system';
const KUBERNETES = 'k8s.io';

function checkRuntime(machine: Machine, namespace: string): void {
  const [service, socket] =
    namespace === SYSTEM
      ? ['containerd', '/system/run/containerd/containerd.sock']
      : ['cri', '/run/containerd/containerd.sock'];
  if (machine.state(services).isRunning(service)) return;
  throw new Error(
    `failed to dial "${socket}": context deadline exceeded: connection error: desc = ` +
      `"transport: error while dialing: dial unix ${socket}: connect: no such file or directory"`,
  );
}

function showService(machine: Machine, container: NodeContainer): Shown {
  const { name, pid } = container;
  return {
    info: {
      namespace: SYSTEM,
      id: name,
      pid,
      status: 'RUNNING',
      podId: name,
      name,
      internalId: name,
    },
    usage: usageOf(machine, container),
    pod: undefined,
    container,
    isSandbox: false,
  };
}

function showPod(
  machine: Machine,
  pod: NodePod,
  container: NodeContainer,
  driver: ContainerDriver,
): readonly Shown[] {
  const { internalId, image, name, pid } = container;
  const isSandbox = name === '';
  const usage = pid === 0 ? undefined : usageOf(machine, container);
  const common = { namespace: KUBERNETES, image, pid, podId: pod.name, internalId };
  if (driver === 'CRI') {
    const info = isSandbox
      ? {
          ...common,
          id: pod.name,
          name: pod.name,
          status: 'SANDBOX_READY',
          uid: pod.uid,
          networkNamespace: pod.networkNamespace ?? '',
        }
      : {
          ...common,
          id: `${pod.name}:${name}:${internalId.slice(0, 12)}`,
          name,
          status: pid === 0 ? 'CONTAINER_EXITED' : 'CONTAINER_RUNNING',
        };
    // The runtime does not count what sandboxes use.
    const counted = isSandbox ? { memory: 0n, cpu: 0n } : usage;
    return [{ info, usage: counted, pod, container, isSandbox }];
  }
  // What has ended has no task, and containerd is asked for tasks.
  if (pid === 0) return [];
  const info = {
    ...common,
    id: isSandbox ? pod.name : `${pod.name}:${name}`,
    name: isSandbox ? internalId : name,
    status: 'RUNNING',
  };
  return [{ info, usage, pod, container, isSandbox }];
}

/**
 * The container with an id as lists show it. With CRI the id of the container behind its name may be
 * left out or cut short.
 *
 * @throws {Error} when there is none.
 */
export function findContainer(machine: Machine, place: Place, id: string): Shown {
  const all = showContainers(machine, place);
  const [pod = '', name = '', internalId = ''] = id.split(':');
  const found =
    place.driver === 'CRI'
      ? all.find(
          ({ info, container, isSandbox }) =>
            info.podId === pod &&
            (name === ''
              ? isSandbox
              : container.name === name && container.internalId.includes(internalId)),
        )
      : all.find(({ info }) => info.id === id || info.internalId === id);
  if (found === undefined) throw new Error(`container "${id}" not found`);
  return found;
}

/** What a container uses, as statistics show it. */
export function statOf({ info, usage }: Shown): Init<Stat> | undefined {
  if (usage === undefined) return undefined;
  const { namespace, id, podId, name } = info;
  return { namespace, id, podId, name, memoryUsage: usage.memory, cpuUsage: usage.cpu };
}
