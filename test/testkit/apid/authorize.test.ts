import { describe, expect, it } from 'vitest';
import { authorize, callerRoles } from '../../../testkit/src/apid/authorize.js';
import { allMethods, methodAt } from '../../../testkit/src/base/calls/methods.js';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';

const client = { address: '127.0.0.1', sideroLink: false };

function call(roles: readonly string[], metadata: Record<string, readonly string[]> = {}) {
  return { roles, metadata: new Map(Object.entries(metadata)), peer: client };
}

function allowed(path: string, roles: readonly string[], inMaintenance = false): boolean {
  const method = methodAt(path);
  if (method === undefined) throw new Error(`there is no ${path}`);
  try {
    authorize(method, roles, { inMaintenance, talosVersion: 'v1.14.0' });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ServerStatus);
    expect(error).toMatchObject({ status: 'permission-denied', message: 'not authorized' });
    return false;
  }
}

// Talos: roles and who may claim them.
describe('roles', () => {
  it('are those of the certificate', () => {
    expect(callerRoles(call(['os:reader', 'custom']), false)).toEqual(['os:reader', 'custom']);
  });

  it('may be claimed by who impersonates, and by nobody else', () => {
    const claim = { 'talos-role': ['os:reader'] };
    expect(callerRoles(call(['os:impersonator'], claim), false)).toEqual(['os:reader']);
    expect(callerRoles(call(['os:operator'], claim), false)).toEqual(['os:operator']);
    expect(callerRoles(call(['os:impersonator']), false)).toEqual(['os:impersonator']);
  });

  it('have no hierarchy: any one that the method names is enough, and no other', () => {
    const snapshot = '/machine.MachineService/EtcdSnapshot';
    expect(allowed(snapshot, ['os:etcd:backup'])).toBe(true);
    expect(allowed(snapshot, ['os:reader'])).toBe(false);
    expect(allowed(snapshot, ['os:reader', 'os:etcd:backup'])).toBe(true);
    expect(allowed(snapshot, [])).toBe(false);
    expect(allowed('/machine.MachineService/Read', ['os:operator'])).toBe(false);
  });

  it('let an admin call everything that nodes serve', () => {
    for (const { path } of allMethods()) expect(allowed(path, ['os:admin'])).toBe(true);
  });
});

// Talos: the role that apid injects in maintenance, and the handlers that look for it.
describe('roles in maintenance', () => {
  it('are reader for everybody, whatever the metadata claims, and admin over SideroLink', () => {
    const claim = call(['os:impersonator'], { 'talos-role': ['os:admin'] });
    expect(callerRoles(claim, true)).toEqual(['os:reader']);
    expect(callerRoles({ ...claim, peer: { address: 'fdae::1', sideroLink: true } }, true)).toEqual(
      ['os:admin'],
    );
  });

  it.each([
    '/machine.MachineService/ApplyConfiguration',
    '/storage.StorageService/BlockDeviceWipe',
    '/machine.LVMService/LogicalVolumeRemove',
    '/machine.LVMService/VolumeGroupRemove',
    '/machine.LVMService/PhysicalVolumeRemove',
    '/machine.MDService/Destroy',
  ])('let readers call %s, which else takes an admin', (path) => {
    expect(allowed(path, ['os:reader'], true)).toBe(true);
    expect(allowed(path, ['os:reader'], false)).toBe(false);
    expect(allowed(path, ['os:operator'], false)).toBe(false);
  });

  it.each(['Reboot', 'Reset', 'Upgrade', 'MetaWrite', 'Read', 'Copy'])(
    'do not let readers call %s',
    (name) => {
      expect(allowed(`/machine.MachineService/${name}`, ['os:reader'], true)).toBe(false);
    },
  );
});
