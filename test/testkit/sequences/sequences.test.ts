import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../testkit/src/base/machine.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { initialize } from '../../../testkit/src/node/sequences/boot.js';
import { reboot, shutdown } from '../../../testkit/src/node/sequences/reboot.js';
import {
  mayTakeOver,
  phase,
  type Sequence,
  SequenceFailure,
  type SequenceName,
} from '../../../testkit/src/node/sequences/sequence.js';
import { sequences } from '../../../testkit/src/node/sequences/sequences.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import { etcdOn } from '../../../testkit/src/topics/etcd/etcd-node.js';
import { events } from '../../../testkit/src/topics/events/events.js';
import { pods } from '../../../testkit/src/topics/kubernetes/pods.js';
import { installation } from '../../../testkit/src/topics/system/installation.js';
import { machineStatus } from '../../../testkit/src/topics/system/machine-status.js';
import { startCluster } from '../support.js';

async function node(options: { workers?: number; maintenance?: boolean } = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, ...options });
  const { machine } = cluster.node('cp-1');
  return { clock, cluster, machine };
}

/** What a node tells from now on, in short: `phase cleanup START`. */
function told(machine: Machine): string[] {
  const list: string[] = [];
  machine.state(events).onEvent(({ payload }) => {
    if (payload.case === 'sequence') {
      const { sequence, action, error } = payload.value;
      list.push(`${sequence} ${error?.code ?? action}`);
    } else if (payload.case === 'restart') {
      list.push(`restart ${payload.value.cmd?.toString(16)}`);
    }
  });
  return list;
}

// Talos: sequences, which of them may end others.
describe('a sequence', () => {
  it.each<[SequenceName, SequenceName, boolean]>([
    ['reboot', 'boot', true],
    ['reboot', 'initialize', true],
    ['reboot', 'reboot', true],
    ['reboot', 'reset', true],
    ['reboot', 'upgrade', false],
    ['reset', 'boot', true],
    ['reset', 'reboot', false],
    ['upgrade', 'boot', true],
    ['upgrade', 'upgrade', false],
    ['maintenanceUpgrade', 'initialize', true],
    ['boot', 'reboot', false],
  ])('%s may take over from %s: %s', (next, running, expected) => {
    expect(mayTakeOver(next, running)).toBe(expected);
  });

  it('tells its end with the command of the restart, and the machine boots anew', async () => {
    const { clock, machine } = await node();
    const { bootId } = machine;
    const list = told(machine);
    machine.state(sequences).run(reboot('POWERCYCLE'), { actorId: 'a' });
    expect(machine.stage).toBe('REBOOTING');
    await clock.advance(60_000);
    expect(list).toEqual(['reboot START', 'restart 1234567']);
    expect(machine.stage).toBe('RUNNING');
    expect(machine.bootId).not.toBe(bootId);
    expect(machine.state(machineStatus).current.ready).toBe(true);
  });

  it('leaves the machine off after a shutdown', async () => {
    const { clock, machine } = await node();
    const list = told(machine);
    machine.state(sequences).run(shutdown(true));
    await clock.advance(3_600_000);
    expect(list).toEqual(['shutdown START', 'restart 4321fedc']);
    expect(machine.isOn).toBe(false);
  });

  it('that is refused leaves the running one alone', async () => {
    const { clock, machine } = await node();
    const list = told(machine);
    const state = machine.state(sequences);
    expect(state.run(reboot('DEFAULT'), { actorId: 'a' })).toBe(true);
    const { stage } = machine;
    const upgrade: Sequence = { name: 'upgrade', stage: 'UPGRADING', phases: [] };
    expect(state.run(upgrade, { actorId: 'b' })).toBe(false);
    expect(machine.stage).toBe(stage);
    await clock.advance(60_000);
    expect(list).toEqual(['reboot START', 'upgrade LOCKED', 'restart 45584543']);
  });

  it('that fails says so, and another may run', async () => {
    const { clock, machine } = await node();
    const list = told(machine);
    const state = machine.state(sequences);
    const failing: Sequence = {
      name: 'reset',
      stage: 'RESETTING',
      phases: [
        phase('reset', {
          name: 'fail',
          run: () => {
            throw new SequenceFailure('no disk');
          },
        }),
      ],
    };
    let failed = false;
    const onFailed = () => {
      failed = true;
    };
    state.run(failing, { onFailed });
    await clock.advance(1000);
    expect(list).toEqual(['reset START', 'reset STOP', 'reset FATAL']);
    expect(failed).toBe(true);
    expect(state.running).toBeUndefined();
  });

  it('ends with the power', async () => {
    const { clock, machine } = await node();
    machine.state(sequences).run(reboot('DEFAULT'));
    machine.halt('crash');
    await clock.advance(3_600_000);
    expect(machine.isOn).toBe(false);
  });
});

describe('the boot', () => {
  it('waits in maintenance for a configuration', async () => {
    const { clock, machine } = await node({ maintenance: true });
    await clock.advance(3_600_000);
    expect(machine.stage).toBe('MAINTENANCE');
    expect(machine.state(sequences).running).toBe(initialize.name);
  });

  it('has the API come up on the way, before Kubernetes', async () => {
    const { clock, machine } = await node();
    machine.halt('crash');
    machine.boot();
    expect(machine.isApiUp).toBe(false);
    const order: string[] = [];
    machine.onChange(() => {
      if (machine.isApiUp && !order.includes('api')) order.push('api');
      if (machine.stage === 'RUNNING' && !order.includes('running')) order.push('running');
      if (machine.state(pods).isReady('kube-apiserver-') && !order.includes('kubernetes')) {
        order.push('kubernetes');
      }
      if (machine.state(machineStatus).current.ready && !order.includes('ready')) {
        order.push('ready');
      }
    });
    await clock.advance(60_000);
    expect(order[0]).toBe('api');
    expect(order.at(-1)).toBe('ready');
    expect(order).toHaveLength(4);
  });

  it('of a control plane without etcd goes on until it is bootstrapped', async () => {
    const { clock, cluster, machine } = await node({ maintenance: true });
    const text = cluster.machineConfig({ type: 'controlplane' });
    machine.state(config).activate(readConfig(text, cluster.talosVersion));
    await clock.advance(3_600_000);
    expect(machine.stage).toBe('BOOTING');
    etcdOn(machine).bootstrap({ recover: false, skipHashCheck: false });
    await clock.advance(60_000);
    expect(machine.stage).toBe('RUNNING');
    expect(machine.state(machineStatus).current.ready).toBe(true);
  });

  it('runs the release that an upgrade wrote, and after a rollback the one before', async () => {
    const { clock, machine } = await node();
    machine.state(installation).upgrade('v1.15.0');
    machine.state(sequences).run(reboot('DEFAULT'));
    await clock.advance(60_000);
    expect(machine.talosVersion).toBe('v1.15.0');
    expect(machine.state(installation).bootedEntry).toBe('B');
    expect(machine.state(installation).rollback()).toBe(true);
    machine.state(sequences).run(reboot('DEFAULT'));
    await clock.advance(60_000);
    expect(machine.talosVersion).toBe('v1.14.0');
  });

  // GRUB flips its default entry, systemd-boot takes the UKI that is not LoaderEntryDefault.
  it('runs what it ran before after an upgrade that is taken back before any reboot', async () => {
    const { clock, machine } = await node();
    const system = machine.state(installation);
    system.upgrade('v1.14.1');
    expect(system.rollback()).toBe(true);
    machine.state(sequences).run(reboot('DEFAULT'));
    await clock.advance(60_000);
    expect([machine.talosVersion, system.bootedEntry]).toEqual(['v1.14.0', 'A']);
    expect(system.rollback()).toBe(true);
    expect(system.version).toBe('v1.14.1');
  });

  // Both boot loaders keep the default alone, and that is the first upgrade.
  it('has nothing to go back to after two upgrades without a reboot but the first of them', async () => {
    const { machine } = await node();
    const system = machine.state(installation);
    system.upgrade('v1.14.1');
    system.upgrade('v1.14.2');
    expect(system.version).toBe('v1.14.2');
    system.rollback();
    expect(system.version).toBe('v1.14.1');
  });
});
