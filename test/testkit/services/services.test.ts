import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { events } from '../../../testkit/src/topics/events/events.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { startCluster } from '../support.js';

async function node(options: { controlPlanes?: number; maintenance?: boolean } = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, ...options });
  const { machine } = cluster.node('cp-1');
  return { clock, cluster, machine, state: machine.state(services) };
}

// Talos: services, their states, histories and health.
describe('services', () => {
  it('are those of a waiting node in maintenance: nothing of Kubernetes', async () => {
    const { state } = await node({ maintenance: true });
    expect(state.list().map(({ id }) => id)).toEqual([
      'apid',
      'auditd',
      'containerd',
      'dashboard',
      'machined',
      'syslogd',
      'udevd',
    ]);
  });

  it('wait for the services that they need, and name them', async () => {
    const { state } = await node();
    const waiting = state.find('kubelet')?.history.find(({ state: name }) => name === 'Waiting');
    expect(waiting?.message).toBe('Waiting for service "cri" to be "up"');
  });

  it('keep 64 entries of their history', async () => {
    const { clock, state } = await node();
    for (let count = 0; count < 20; count++) {
      state.restartService('kubelet');
      await clock.advance(1000);
    }
    expect(state.find('kubelet')?.history).toHaveLength(64);
    expect(state.isUp('kubelet')).toBe(true);
  });

  it('come back a while after they crashed', async () => {
    const { clock, state } = await node();
    const before = state.find('kubelet')?.pid;
    state.crash('kubelet', 'exit code 137');
    expect(state.find('kubelet')).toMatchObject({ state: 'Waiting', pid: undefined });
    expect(state.find('kubelet')?.history.at(-1)?.message).toContain('exit code 137');
    await clock.advance(5000);
    expect(state.isUp('kubelet')).toBe(true);
    expect(state.find('kubelet')?.pid).not.toBe(before);
  });

  it('tell when their health changes, and only then', async () => {
    const { machine, state } = await node();
    const told: unknown[] = [];
    machine.state(events).onEvent(({ payload }) => told.push(payload.value));
    state.setHealth('kubelet', false, 'connection refused');
    state.setHealth('kubelet', false, 'connection refused');
    expect(told).toMatchObject([
      {
        service: 'kubelet',
        action: 'RUNNING',
        message: 'Health check failed: connection refused',
        health: { unknown: false, healthy: false, lastMessage: 'connection refused' },
      },
    ]);
    expect(state.isUp('kubelet')).toBe(false);
    expect(state.isRunning('kubelet')).toBe(true);
  });

  it('do nothing while the clock stands still', async () => {
    const { clock, state } = await node();
    state.restartService('kubelet');
    expect(state.find('kubelet')?.state).toBe('Stopping');
    await clock.advance(0);
    expect(state.find('kubelet')?.state).toBe('Stopping');
  });

  it('of a worker that is alone get no certificate, so that its API stays away', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock, workers: 1 });
    const { machine } = cluster.node('worker-1');
    cluster.node('cp-1').kill();
    machine.halt('crash');
    machine.boot();
    await clock.advance(60_000);
    expect(machine.isApiUp).toBe(false);
    expect(machine.state(services).find('apid')?.state).toBe('Preparing');
    cluster.node('cp-1').powerOn();
    await clock.advance(60_000);
    expect(machine.isApiUp).toBe(true);
  });
});
