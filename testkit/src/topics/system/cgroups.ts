import { supports } from '../../base/versions.js';
import type { NodeContainer, NodePod } from '../containers/container.js';
import { CORES } from '../hardware/cpu.js';

/** What a control group is promised, and what it may have at most; 'max' is as much as there is. */
export interface CgroupLimits {
  /** From 1 to 10,000; 100 by default. */
  readonly cpuWeight: number;
  /** In bytes; not taken from it. */
  readonly memoryMin: number;
  /** In bytes; taken from it last. */
  readonly memoryLow: number;
  /** In bytes. */
  readonly memoryMax: number | 'max';
  readonly swapMax: number | 'max';
  readonly pidsMax: number | 'max';
}

const MIB = 2 ** 20;

const unlimited: CgroupLimits = {
  cpuWeight: 100,
  memoryMin: 0,
  memoryLow: 0,
  memoryMax: 'max',
  swapMax: 'max',
  pidsMax: 'max',
};

/** What one of Talos' own control groups is promised: twice the memory softly. */
function reserved(millicores: number, mebibytes: number, maxMebibytes?: number): CgroupLimits {
  return {
    ...unlimited,
    cpuWeight: weightOf(millicores),
    memoryMin: mebibytes * MIB,
    memoryLow: 2 * mebibytes * MIB,
    memoryMax: maxMebibytes === undefined ? 'max' : maxMebibytes * MIB,
    swapMax: 0,
  };
}

/** The weight of so many thousandths of a processor, of which there are only so many. */
function weightOf(millicores: number): number {
  const shares = Math.floor((Math.min(millicores, CORES * 1000) * 1024) / 1000);
  return Math.floor(((shares - 2) * 9999) / 262_142) + 1;
}

/** The memory of the container runtime, its shims and the kubelet. */
const POD_RUNTIME_MIB = 196 + 48 + 96;

/** Those that Talos makes, from the constants of v1.14.0-rc.1. */
const ofTalos: Readonly<Record<string, CgroupLimits>> = {
  init: reserved(2000, 96),
  system: { ...reserved(1500, 96), swapMax: 'max' },
  'system/runtime': reserved(500, 48),
  'system/apid': reserved(500, 16, 128),
  'system/trustd': reserved(250, 8, 128),
  'system/udevd': reserved(250, 8),
  'system/dashboard': { ...reserved(200, 0, 128), swapMax: 'max' },
  podruntime: {
    ...reserved(4000, POD_RUNTIME_MIB),
    memoryLow: (2 * POD_RUNTIME_MIB + 256) * MIB,
    swapMax: 'max',
  },
  'podruntime/runtime': reserved(1000, 196),
  'podruntime/shim': reserved(500, 48),
  'podruntime/kubelet': reserved(1000, 96),
  'podruntime/etcd': { ...reserved(2000, 0), memoryLow: 256 * MIB },
  // The kubelet keeps the rest for the node itself.
  kubepods: { ...unlimited, cpuWeight: weightOf(3950), memoryMax: 7_482 * MIB, pidsMax: 61_868 },
  'kubepods/besteffort': { ...unlimited, cpuWeight: 1 },
  'kubepods/burstable': { ...unlimited, cpuWeight: 22 },
};

/** What a control group may have, by its path. */
export function cgroupLimits(path: string): CgroupLimits {
  return ofTalos[path] ?? unlimited;
}

/** The control group of a service. */
export function serviceCgroup(id: string): string {
  if (id.startsWith('ext-')) return `system/extensions/${id.slice(4)}`;
  if (id === 'containerd') return 'system/runtime';
  if (id === 'cri') return 'podruntime/runtime';
  return id === 'etcd' || id === 'kubelet' ? `podruntime/${id}` : `system/${id}`;
}

/** The control group of the shims that containers run under, which those of pods have since 1.14. */
export function shimCgroup(talosVersion: string, systemRuntime: boolean): string {
  if (systemRuntime) return 'system/runtime';
  return supports(talosVersion, '1.14') ? 'podruntime/shim' : 'podruntime/runtime';
}

/** Containers whose pods ask for nothing. */
const modest: ReadonlySet<string> = new Set(['kube-proxy']);

/** The control group of a container of a pod. */
export function podCgroup({ uid, containers }: NodePod, container: NodeContainer): string {
  const quality = containers.some(({ name }) => modest.has(name)) ? 'besteffort' : 'burstable';
  return `kubepods/${quality}/pod${uid}/${container.internalId}`;
}
