import { podNetworkOf } from '../../topics/cosi/catalogue/plan.js';
import { CORES } from '../../topics/hardware/cpu.js';
import { MEMORY_KIB } from '../../topics/hardware/memory.js';
import {
  annotationsOf,
  type KubernetesNode,
  labelsOf,
  taintsOf,
} from '../../topics/kubernetes/node.js';
import { kubernetesVersion } from '../../topics/kubernetes/versions.js';
import { machineIdOf, systemUuidOf } from '../../topics/system/identity.js';
import { KERNEL_RELEASE } from '../../topics/system/kernel.js';
import { type KubeObject, kubeTime } from './object.js';

/** The container runtime of Talos. */
const CONTAINER_RUNTIME = 'containerd://2.3.1';

/** How often a kubelet says that nothing has changed, in milliseconds. */
const HEARTBEAT_MS = 300_000;

/** A node, as clients of Kubernetes see it. */
export function nodeObject(node: KubernetesNode): KubeObject {
  const { machine, uid, unschedulable, createdAt } = node;
  const taints = taintsOf(node).map(({ key, value, effect, timeAdded }) => ({
    key,
    value,
    effect,
    timeAdded: timeAdded === undefined ? undefined : kubeTime(timeAdded),
  }));
  const podCIDR = podNetworkOf(machine);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: machine.name,
      uid,
      creationTimestamp: kubeTime(createdAt),
      labels: labelsOf(node),
      annotations: annotationsOf(node),
    },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      taints: taints.length > 0 ? taints : undefined,
      unschedulable: unschedulable || undefined,
    },
    status: {
      capacity: resources(0),
      allocatable: resources(512 * 1024),
      conditions: conditions(node),
      addresses: [
        { type: 'InternalIP', address: machine.address },
        { type: 'Hostname', address: machine.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: machineIdOf(machine),
        systemUUID: systemUuidOf(machine),
        bootID: machine.bootId,
        kernelVersion: KERNEL_RELEASE,
        osImage: `Talos (${machine.talosVersion})`,
        containerRuntimeVersion: CONTAINER_RUNTIME,
        kubeletVersion: kubernetesVersion(machine.talosVersion),
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}

function resources(reservedKib: number): object {
  return {
    cpu: reservedKib === 0 ? String(CORES) : `${CORES * 1000 - 50}m`,
    'ephemeral-storage': '18Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${MEMORY_KIB - reservedKib}Ki`,
    pods: '110',
  };
}

const fine = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
] as const;

function conditions({ machine, readiness, readinessSince, createdAt }: KubernetesNode): object[] {
  const unknown = readiness === 'unknown';
  // Of a node that nobody hears of, the last one.
  const now = unknown ? readinessSince : machine.cluster.clock.now();
  const beats = Math.max(0, Math.floor((now - createdAt) / HEARTBEAT_MS));
  const lastHeartbeatTime = kubeTime(
    Math.max(createdAt + beats * HEARTBEAT_MS, unknown ? 0 : readinessSince),
  );
  const lost = {
    status: 'Unknown',
    lastHeartbeatTime,
    lastTransitionTime: kubeTime(readinessSince),
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  };
  const ready = readiness === 'ready';
  return [
    ...fine.map(([type, reason, message]) => ({
      type,
      ...(unknown
        ? lost
        : {
            status: 'False',
            lastHeartbeatTime,
            lastTransitionTime: kubeTime(createdAt),
            reason,
            message,
          }),
    })),
    {
      type: 'Ready',
      ...(unknown
        ? lost
        : {
            status: ready ? 'True' : 'False',
            lastHeartbeatTime,
            lastTransitionTime: kubeTime(readinessSince),
            reason: ready ? 'KubeletReady' : 'KubeletNotReady',
            message: ready
              ? 'kubelet is posting ready status'
              : 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
          }),
    },
  ];
}
