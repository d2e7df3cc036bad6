import { describe, expect, it } from 'vitest';
import { type ServiceInfo, services, servicesMethods } from '../../generated/features/services.js';
import { services as servicesOf } from '../../testkit/src/topics/services/services.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const EXTENSION = 'ext-qemu-guest-agent';

async function started() {
  const cluster = covered(await tlsCluster({ workers: 1 }));
  const talos = cluster.client();
  return { cluster, node: cluster.node('cp-1'), talos, target: talos.node('10.5.0.2') };
}

function named(list: readonly ServiceInfo[], id: string): ServiceInfo {
  const found = list.find((service) => service.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

describe('list', () => {
  it('gives the services of a node in the order of their ids, with health and history', async () => {
    const { target, talos } = await started();
    const { services: list } = await services(target).list();
    expect(list.map(({ id }) => id)).toEqual([
      'apid',
      'auditd',
      'containerd',
      'cri',
      'dashboard',
      'etcd',
      EXTENSION,
      'kubelet',
      'machined',
      'syslogd',
      'trustd',
      'udevd',
    ]);
    expect(new Set(list.map(({ state }) => state))).toEqual(new Set(['Running']));
    const kubelet = named(list, 'kubelet');
    expect(kubelet.health).toMatchObject({ unknown: false, healthy: true });
    expect(kubelet.events?.events.map(({ state }) => state)).toEqual([
      'Starting',
      'Waiting',
      'Preparing',
      'Preparing',
      'Running',
      'Running',
    ]);
    expect(kubelet.events?.events.at(-1)?.msg).toBe('Health check successful');
    expect(named(list, EXTENSION).health).toMatchObject({ unknown: true });
    const worker = await services(talos.node('10.5.0.3')).list();
    expect(worker.services.map(({ id }) => id)).not.toContain('etcd');
    expect(worker.services.map(({ id }) => id)).not.toContain('trustd');
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(services(cluster.client({ role: 'os:meta:writer' })).list());
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, servicesMethods.list, (options) =>
      services(target).list({}, options),
    );
  });

  it('fails with the status that the node gives', async () => {
    const { node, target } = await started();
    node.fail(servicesMethods.list, 'unavailable', { message: 'machined is restarting' });
    expect(await failureOf(services(target).list())).toMatchObject({
      status: 'unavailable',
      node: '10.5.0.2',
    });
  });
});

describe('restart', () => {
  it('takes the kubelet down and up again, with another process', async () => {
    const { node, target } = await started();
    const state = node.machine.state(servicesOf);
    const before = state.find('kubelet')?.pid;
    const { resp } = await services(target).restart({ id: 'kubelet' });
    expect(resp).toBe('Service "kubelet" restarted');
    await node.until(() => state.isUp('kubelet') && state.find('kubelet')?.pid !== before);
    const { events } = named((await services(target).list()).services, 'kubelet');
    expect(events?.events.map(({ state: name }) => name).slice(-7)).toEqual([
      'Stopping',
      'Finished',
      'Starting',
      'Preparing',
      'Preparing',
      'Running',
      'Running',
    ]);
  });

  it('is refused to readers', async () => {
    const { cluster } = await started();
    const reader = services(cluster.client({ role: 'os:reader' }));
    await expectRefused(reader.restart({ id: 'kubelet' }));
  });

  it('ends when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, servicesMethods.restart, (options) =>
      services(target).restart({ id: 'kubelet' }, options),
    );
  });

  it('fails for services that are not the callers to control', async () => {
    const { target } = await started();
    for (const id of ['apid', 'etcd', 'machined']) {
      const error = await failureOf(services(target).restart({ id }));
      expect(error).toMatchObject({ status: 'unknown' });
      expect(error.message).toContain("doesn't support restart operation via API");
    }
  });
});

describe('stop and start', () => {
  it('wait until an extension has stopped, and run it again', async () => {
    const { node, target } = await started();
    const state = node.machine.state(servicesOf);
    await services(target).stop({ id: EXTENSION });
    expect(named((await services(target).list()).services, EXTENSION).state).toBe('Finished');
    await services(target).start({ id: EXTENSION });
    await node.until(() => state.isUp(EXTENSION));
  });

  it('do nothing to what is stopped, or running, already', async () => {
    const { node, target } = await started();
    const state = node.machine.state(servicesOf);
    const before = state.find(EXTENSION)?.history.length;
    await services(target).start({ id: EXTENSION });
    expect(state.find(EXTENSION)?.history.length).toBe(before);
    await services(target).stop({ id: EXTENSION });
    const stopped = state.find(EXTENSION)?.history.length;
    await services(target).stop({ id: EXTENSION });
    expect(state.find(EXTENSION)?.history.length).toBe(stopped);
  });

  it('are refused to readers', async () => {
    const { cluster } = await started();
    const reader = services(cluster.client({ role: 'os:reader' }));
    await expectRefused(reader.start({ id: EXTENSION }));
    await expectRefused(reader.stop({ id: EXTENSION }));
  });

  it('end when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, servicesMethods.start, (options) =>
      services(target).start({ id: EXTENSION }, options),
    );
    await expectCancelled(node, servicesMethods.stop, (options) =>
      services(target).stop({ id: EXTENSION }, options),
    );
  });

  it('fail for unknown services, and for a stop of the kubelet', async () => {
    const { target } = await started();
    const unknown = await failureOf(services(target).start({ id: 'nginx' }));
    expect(unknown).toMatchObject({ status: 'unknown' });
    expect(unknown.message).toContain('service "nginx" not defined');
    const kubelet = await failureOf(services(target).stop({ id: 'kubelet' }));
    expect(kubelet).toMatchObject({ status: 'unknown' });
  });
});
