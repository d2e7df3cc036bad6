import { describe, expect, it } from 'vitest';
import { decideRoute, type Router } from '../../../testkit/src/apid/routing.js';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';

const version = '/machine.MachineService/Version';

const controlPlane: Router = {
  routingDisabled: false,
  canForward: true,
  isOwn: (target) => target === '10.5.0.2' || target === 'cp-1',
  talosVersion: 'v1.14.0',
};
const worker: Router = {
  ...controlPlane,
  canForward: false,
  isOwn: (target) => target === '10.5.0.4' || target === 'worker-1',
};

function decide(
  metadata: Record<string, readonly string[]>,
  router: Router = controlPlane,
  path: string = version,
) {
  return decideRoute(path, new Map(Object.entries(metadata)), router);
}

function refusal(run: () => unknown): ServerStatus {
  try {
    run();
  } catch (error) {
    if (error instanceof ServerStatus) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

// Talos: the order in which apid's director decides.
describe('where apid sends a call', () => {
  it('serves it itself without metadata, or with other metadata only', () => {
    expect(decide({})).toEqual({ kind: 'local' });
    expect(decide({ runtime: ['Talos'] })).toEqual({ kind: 'local' });
  });

  it('passes it on to the one node in `node`', () => {
    expect(decide({ node: ['10.5.0.3'] })).toEqual({ kind: 'one', target: '10.5.0.3' });
  });

  it('passes it on to itself too when `node` names it: only workers drop that', () => {
    expect(decide({ node: ['10.5.0.2'] })).toEqual({ kind: 'one', target: '10.5.0.2' });
  });

  it('refuses several values of `node`', () => {
    const { status } = refusal(() => decide({ node: ['10.5.0.2', '10.5.0.3'] }));
    expect(status).toBe('invalid-argument');
  });

  it('refuses several values of `node` even beside `nodes`', () => {
    const { status } = refusal(() => decide({ node: ['a', 'b'], nodes: ['c'] }));
    expect(status).toBe('invalid-argument');
  });

  it('prefers `nodes` to `node`', () => {
    expect(decide({ node: ['10.5.0.2'], nodes: ['10.5.0.3'] })).toEqual({
      kind: 'many',
      targets: ['10.5.0.3'],
    });
  });

  it('keeps duplicates in `nodes`', () => {
    expect(decide({ nodes: ['a', 'a'] })).toEqual({ kind: 'many', targets: ['a', 'a'] });
  });

  it('serves a call that another apid passed on, whatever else it says', () => {
    expect(decide({ proxyfrom: ['x'], node: ['a', 'b'], nodes: ['c'] })).toEqual({ kind: 'local' });
  });

  it('ignores all routing in maintenance', () => {
    const router = { ...controlPlane, routingDisabled: true };
    expect(decide({ node: ['a', 'b'], nodes: ['c'] }, router)).toEqual({ kind: 'local' });
  });

  it('on a worker, drops a `node` or a single `nodes` that means the worker', () => {
    for (const name of ['10.5.0.4', 'worker-1']) {
      expect(decide({ node: [name] }, worker)).toEqual({ kind: 'local' });
      expect(decide({ nodes: [name] }, worker)).toEqual({ kind: 'local' });
    }
    expect(decide({ nodes: ['worker-1', 'worker-1'] }, worker).kind).toBe('many');
    expect(decide({ node: ['10.5.0.2'] }, worker).kind).toBe('one');
  });
});

describe('which services take `nodes`', () => {
  it.each([
    '/machine.MachineService/EtcdStatus',
    '/cluster.ClusterService/HealthCheck',
    '/inspect.InspectService/ControllerRuntimeDependencies',
    '/storage.StorageService/Disks',
    '/time.TimeService/Time',
  ])('%s does', (path) => {
    expect(decide({ nodes: ['a'] }, controlPlane, path).kind).toBe('many');
  });

  it.each([
    '/cosi.resource.State/Get',
    '/machine.ImageService/List',
    '/machine.LifecycleService/Upgrade',
    '/machine.DebugService/ContainerRun',
    '/machine.LVMService/VolumeGroupRemove',
    '/machine.MDService/Destroy',
    '/machine.StorageService/Statfs',
  ])('%s does not', (path) => {
    expect(refusal(() => decide({ nodes: ['a'] }, controlPlane, path))).toMatchObject({
      status: 'invalid-argument',
      message: `one-2-many proxying is not supported for method ${path}`,
    });
  });

  it('up to Talos 1.12 all but the resource API do', () => {
    const old = { ...controlPlane, talosVersion: 'v1.12.11' };
    expect(decide({ nodes: ['a'] }, old, '/machine.ImageService/List').kind).toBe('many');
    expect(refusal(() => decide({ nodes: ['a'] }, old, '/cosi.resource.State/Get'))).toMatchObject({
      status: 'invalid-argument',
      message: 'one-2-many proxying is not supported for COSI methods',
    });
  });
});
