import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../testkit/src/base/machine.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { containers } from '../../../testkit/src/topics/containers/containers.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { processesOf } from '../../../testkit/src/topics/system/processes.js';
import { startCluster } from '../support.js';

async function started() {
  const clock = new ManualClock();
  const cluster = await startCluster({ controlPlanes: 3, workers: 3, clock });
  return { clock, cluster, node: cluster.node('cp-1') };
}

/** The process with a name; absent when it does not run. */
function findProcess(machine: Machine, command: string) {
  return processesOf(machine).find((process) => process.command === command);
}

// Talos: Processes, what runs on a node by what it is for.
describe('the processes of a node', () => {
  it('are a tree from machined down, sorted by their ids', async () => {
    const { cluster } = await started();
    for (const machine of cluster.machines) {
      const list = processesOf(machine);
      const pids = list.map(({ pid }) => pid);
      expect(pids).toEqual([...new Set(pids)].sort((a, b) => a - b));
      for (const { pid, ppid } of list.slice(1)) {
        expect(pids).toContain(ppid);
        expect(ppid).toBeLessThan(pid);
      }
    }
  });

  it('have a shim above each container', async () => {
    const { node } = await started();
    const list = processesOf(node.machine);
    const byPid = new Map(list.map((process) => [process.pid, process]));
    const shims = list.filter(({ command }) => command === 'containerd-shim');
    const pods = node.machine.state(containers).pods;
    for (const { containers: members, sandbox } of pods) {
      for (const { pid } of [sandbox, ...members]) {
        if (pid !== 0)
          expect(byPid.get(byPid.get(pid)?.ppid ?? 0)?.command).toBe('containerd-shim');
      }
    }
    // Apid, trustd, etcd, the kubelet and the extension have one, too.
    expect(shims).toHaveLength(pods.length + 5);
  });

  it('have labels of SELinux by what they are', async () => {
    const { node } = await started();
    const { machine } = node;
    expect(findProcess(machine, 'machined')?.label).toBe('system_u:system_r:init_t:s0');
    expect(findProcess(machine, 'kubelet')?.label).toBe('system_u:system_r:kubelet_t:s0');
    expect(findProcess(machine, 'kube-scheduler')?.label).toBe('system_u:system_r:pod_t:s0');
  });

  it('come and go with services and containers', async () => {
    const { clock, node } = await started();
    const { machine } = node;
    const before = findProcess(machine, 'kubelet');
    machine.state(services).crash('kubelet');
    expect(findProcess(machine, 'kubelet')).toBeUndefined();
    await clock.advance(60_000);
    expect(findProcess(machine, 'kubelet')?.pid).not.toBe(before?.pid);
    const state = machine.state(containers);
    for (const pod of state.pods) state.restart(pod, 'kube-scheduler');
    await clock.advance(500);
    expect(findProcess(machine, 'kube-scheduler')).toBeUndefined();
    await clock.advance(5_000);
    expect(findProcess(machine, 'kube-scheduler')).toBeDefined();
  });

  it('are those of Talos alone on a node without its configuration', async () => {
    const cluster = await startCluster({ maintenance: true });
    const commands = processesOf(cluster.node('cp-1').machine).map(({ command }) => command);
    expect(commands).toEqual(expect.arrayContaining(['machined', 'apid', 'containerd', 'udevd']));
    for (const other of ['kubelet', 'etcd', 'pause']) expect(commands).not.toContain(other);
  });
});
