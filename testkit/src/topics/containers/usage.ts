import type { Machine } from '../../base/machine.js';
import { Wave } from '../../base/time/wave.js';
import type { NodeContainer } from './container.js';

/** What a program uses. */
export interface Usage {
  /** In bytes. */
  readonly memory: bigint;
  /** The processor time since it started, in nanoseconds. */
  readonly cpu: bigint;
}

/** What programs use on average: memory in MiB, and the share of one processor. */
interface Weight {
  readonly mebibytes: number;
  readonly share: number;
}

const weights: Readonly<Record<string, Weight>> = {
  apid: { mebibytes: 26, share: 0.004 },
  trustd: { mebibytes: 18, share: 0.001 },
  containerd: { mebibytes: 44, share: 0.006 },
  cri: { mebibytes: 66, share: 0.018 },
  dashboard: { mebibytes: 31, share: 0.006 },
  udevd: { mebibytes: 7, share: 0.0002 },
  kubelet: { mebibytes: 92, share: 0.034 },
  etcd: { mebibytes: 84, share: 0.041 },
  machined: { mebibytes: 118, share: 0.03 },
  'kube-apiserver': { mebibytes: 386, share: 0.082 },
  'kube-controller-manager': { mebibytes: 97, share: 0.021 },
  'kube-scheduler': { mebibytes: 58, share: 0.007 },
  'kube-proxy': { mebibytes: 41, share: 0.002 },
  'kube-flannel': { mebibytes: 33, share: 0.004 },
  coredns: { mebibytes: 38, share: 0.005 },
};

const SMALL: Weight = { mebibytes: 12, share: 0.0005 };

/** A sandbox only waits. */
const PAUSE: Weight = { mebibytes: 0.2, share: 0.000_002 };

const MEBIBYTE = 2 ** 20;

/** What a program uses now; `key` tells its runs apart. */
export function usageOf(
  machine: Machine,
  program: Pick<NodeContainer, 'internalId' | 'name' | 'startedAt'>,
): Usage {
  const { internalId, name, startedAt } = program;
  const { mebibytes, share } = weights[name] ?? (name === '' ? PAUSE : SMALL);
  const wave = new Wave(machine.random.fork(`usage/${internalId}`));
  const seconds = Math.max(0, (machine.clock.now() - startedAt) / 1000);
  const pages = Math.round(((0.85 + 0.15 * wave.at(seconds)) * mebibytes * MEBIBYTE) / 4096);
  return {
    memory: BigInt(pages * 4096),
    cpu: BigInt(Math.floor(wave.sum(seconds) * share * 1e9)),
  };
}
