import type { Init } from 'talos-client';
import type { ProcessInfo } from '../../../generated/system.js';
import type { Machine } from '../../base/machine.js';
import { uptimeOf, waveOf } from '../../base/time/wave.js';
import type { NodeContainer } from '../containers/container.js';
import { containers } from '../containers/containers.js';
import { usageOf } from '../containers/usage.js';
import { services } from '../services/services.js';
import { podCgroup, serviceCgroup, shimCgroup } from './cgroups.js';

/** A process of a node. */
export interface NodeProcess extends Init<ProcessInfo> {
  readonly pid: number;
  /** The short name. */
  readonly command: string;
  /** The control group that it is in, such as `system/apid`. */
  readonly cgroup: string;
}

/** A program: where its file is, how it is called, and which SELinux label it runs with. */
interface Program {
  readonly executable: string;
  readonly args: string;
  readonly label: string;
  readonly threads?: number;
}

/** A label of a process. */
function label(type: string): string {
  return `system_u:system_r:${type}:s0`;
}

const programs: Readonly<Record<string, Program>> = {
  apid: { executable: '/usr/bin/init', args: '/apid', label: label('apid_t') },
  trustd: { executable: '/usr/bin/init', args: '/trustd', label: label('trustd_t') },
  dashboard: { executable: '/usr/bin/init', args: '/dashboard', label: label('dashboard_t') },
  udevd: {
    executable: '/usr/bin/udevadm',
    args: '/usr/sbin/systemd-udevd --resolve-names=never',
    label: label('udev_t'),
    threads: 1,
  },
  containerd: {
    executable: '/usr/bin/containerd',
    args: '/usr/bin/containerd --address /system/run/containerd/containerd.sock --state /system/run/containerd --root /system/var/lib/containerd',
    label: label('sys_containerd_t'),
  },
  cri: {
    executable: '/usr/bin/containerd',
    args: '/usr/bin/containerd --address /run/containerd/containerd.sock --config /etc/cri/containerd.toml',
    label: label('pod_containerd_t'),
  },
  kubelet: {
    executable: '/usr/local/bin/kubelet',
    args: '/usr/local/bin/kubelet --config=/etc/kubernetes/kubelet.yaml --kubeconfig=/etc/kubernetes/kubeconfig-kubelet',
    label: label('kubelet_t'),
    threads: 17,
  },
  etcd: {
    executable: '/usr/local/bin/etcd',
    args: '/usr/local/bin/etcd --data-dir=/var/lib/etcd --listen-client-urls=https://0.0.0.0:2379',
    label: label('etcd_t'),
    threads: 13,
  },
};

/** The processes of a node in the order of their ids. Those of the kernel have no file to show. */
export function processesOf(machine: Machine): readonly NodeProcess[] {
  const list = [init(machine), ...serviceProcesses(machine), ...podProcesses(machine)];
  return list.sort((a, b) => a.pid - b.pid);
}

function init(machine: Machine): NodeProcess {
  const seconds = uptimeOf(machine);
  const wave = waveOf(machine, 'machined');
  return {
    pid: 1,
    ppid: 0,
    state: 'S',
    threads: 14,
    cpuTime: hundredths(wave.sum(seconds) * 0.03),
    virtualMemory: 2_621_440_000n,
    residentMemory: BigInt(Math.round(wave.at(seconds) * 3_000) + 27_000) * 4096n,
    command: 'machined',
    executable: '/usr/bin/init',
    args: '/sbin/init',
    label: label('init_t'),
    cgroup: 'init',
  };
}

function* serviceProcesses(machine: Machine): Generator<NodeProcess> {
  for (const service of machine.state(services).list()) {
    const { id, pid, startedAt = 0, definition } = service;
    if (pid === undefined) continue;
    const program = programs[id] ?? {
      executable: `/usr/local/bin/${id.replace(/^ext-/, '')}`,
      args: `/usr/local/bin/${id.replace(/^ext-/, '')}`,
      label: label('unconfined_container_t'),
    };
    const command = id === 'cri' ? 'containerd' : id.replace(/^ext-/, '').slice(0, 15);
    const run = { internalId: `service/${id}/${startedAt}`, name: id, startedAt };
    const cgroup = serviceCgroup(id);
    if (definition.runner !== 'container') {
      yield process(machine, run, { ...program, pid, ppid: 1, command, cgroup });
      continue;
    }
    const shim = pid - 1;
    const systemRuntime = id === 'apid' || id === 'trustd' || id.startsWith('ext-');
    yield shimProcess(machine, run, shim, 'system', systemRuntime);
    yield process(machine, run, { ...program, pid, ppid: shim, command, cgroup });
  }
}

function* podProcesses(machine: Machine): Generator<NodeProcess> {
  for (const nodePod of machine.state(containers).pods) {
    const { sandbox, containers: members } = nodePod;
    if (sandbox.pid === 0) continue;
    const shim = sandbox.pid - 10;
    yield shimProcess(machine, sandbox, shim, 'k8s.io', false);
    const pod = label('pod_t');
    yield process(machine, sandbox, {
      pid: sandbox.pid,
      ppid: shim,
      command: 'pause',
      executable: '/pause',
      args: '/pause',
      label: pod,
      threads: 1,
      cgroup: podCgroup(nodePod, sandbox),
    });
    for (const container of members) {
      if (container.pid === 0) continue;
      const { name, pid } = container;
      const executable = executableOf(name);
      const command = name.slice(0, 15);
      const cgroup = podCgroup(nodePod, container);
      const program = { executable, args: `${executable} --v=1`, label: pod, cgroup };
      yield process(machine, container, { ...program, pid, ppid: shim, command });
    }
  }
}

function executableOf(container: string): string {
  if (container === 'kube-flannel') return '/opt/bin/flanneld';
  return container === 'coredns' ? '/coredns' : `/usr/local/bin/${container}`;
}

function shimProcess(
  machine: Machine,
  run: Pick<NodeContainer, 'internalId' | 'startedAt'>,
  pid: number,
  namespace: string,
  systemRuntime: boolean,
): NodeProcess {
  const executable = '/usr/bin/containerd-shim-runc-v2';
  const socket = systemRuntime ? '/system/run/containerd' : '/run/containerd';
  return process(
    machine,
    { ...run, internalId: `shim/${run.internalId}`, name: 'shim' },
    {
      pid,
      ppid: 1,
      command: 'containerd-shim',
      executable,
      args: `${executable} -namespace ${namespace} -address ${socket}/containerd.sock`,
      label: label(systemRuntime ? 'sys_containerd_t' : 'pod_containerd_t'),
      threads: 11,
      cgroup: shimCgroup(machine.talosVersion, systemRuntime),
    },
  );
}

function process(
  machine: Machine,
  run: Pick<NodeContainer, 'internalId' | 'name' | 'startedAt'>,
  info: Program & Pick<NodeProcess, 'pid' | 'command' | 'cgroup'> & { readonly ppid: number },
): NodeProcess {
  const { memory, cpu } = usageOf(machine, run);
  return {
    threads: 9,
    ...info,
    state: 'S',
    cpuTime: hundredths(Number(cpu) / 1e9),
    residentMemory: memory,
    virtualMemory: memory * 3n + 1_240_000_000n,
  };
}

/** The kernel counts time in hundredths of a second. */
function hundredths(seconds: number): number {
  return Math.floor(seconds * 100) / 100;
}
