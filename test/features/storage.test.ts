import type { ClusterOptions } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { configuration } from '../../generated/features/configuration.js';
import {
  type BlockDeviceWipeDescriptor,
  storage,
  storageMethods,
} from '../../generated/features/storage.js';
import { config } from '../../testkit/src/topics/config/config.js';
import {
  blockDeviceKind,
  discoveredVolumeKind,
} from '../../testkit/src/topics/cosi/kinds/disks.js';
import {
  logicalVolumeStatusKind,
  mdArrayStatusKind,
  physicalVolumeStatusKind,
  volumeGroupStatusKind,
} from '../../testkit/src/topics/cosi/kinds/storage.js';
import { volumeStatusKind } from '../../testkit/src/topics/cosi/kinds/volumes.js';
import { storage as storageOf } from '../../testkit/src/topics/storage/storage.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const GIB = 2 ** 30;

const userVolume = (name: string, path: string, type = 'partition') => `---
apiVersion: v1alpha1
kind: UserVolumeConfig
name: ${name}
volumeType: ${type}
provisioning:
  diskSelector:
    match: disk.dev_path == "${path}"
${type === 'disk' ? '' : '  maxSize: 2GiB\n'}`;

const group = `---
apiVersion: v1alpha1
kind: LVMVolumeGroupConfig
name: pool
provisioning:
  volumeSelector:
    match: disk.transport == "virtio"
`;

const logical = (name: string) => `---
apiVersion: v1alpha1
kind: LVMLogicalVolumeConfig
name: ${name}
type: linear
provisioning:
  volumeGroup: pool
  maxSize: 1GiB
`;

const raid = `---
apiVersion: v1alpha1
kind: RAIDArrayConfig
name: mirror
level: raid1
provisioning:
  volumeSelector:
    match: disk.transport == "virtio"
`;

async function started(options: ClusterOptions = {}) {
  const cluster = covered(await tlsCluster(options));
  const node = cluster.node('cp-1');
  const target = cluster.client().node(node.address);
  const disks = node.machine.state(storageOf);
  const base = node.machine.state(config).active?.text;
  /** Applies the configuration of the cluster with more documents. */
  const apply = (...documents: string[]) => {
    const data = Buffer.from([base, ...documents].join(''));
    return configuration(target).apply({ data, mode: 'NO_REBOOT' });
  };
  return { cluster, node, target, disks, apply, client: storage(target) };
}

function device(name: string, options: Partial<BlockDeviceWipeDescriptor> = {}) {
  return { device: name, method: 'FAST' as const, ...options };
}

describe('disks', () => {
  it('shows each disk and which of them Talos is on', async () => {
    const { client, disks } = await started();
    disks.attach({ name: 'nvme0n1', size: 4 * GIB, transport: 'nvme' });
    disks.attach({ name: 'sr0', size: GIB, cdrom: true, readonly: true });
    disks.attach({ name: 'sdc', size: 8 * GIB, rotational: true });
    const list = (await client.disks()).disks;
    expect(
      list.map(({ deviceName, type, systemDisk, readonly }) => [
        deviceName,
        type,
        systemDisk,
        readonly,
      ]),
    ).toEqual([
      ['/dev/loop0', 'UNKNOWN', false, true],
      ['/dev/nvme0n1', 'NVME', false, false],
      ['/dev/sda', 'SSD', true, false],
      ['/dev/sdb', 'SSD', false, false],
      ['/dev/sdc', 'HDD', false, false],
      ['/dev/sr0', 'CD', false, true],
    ]);
    expect(list[2]).toMatchObject({
      size: BigInt(20 * GIB),
      model: 'QEMU HARDDISK',
      serial: expect.stringMatching(/^[0-9a-f]{20}$/),
    });
  });

  it('is open to everybody in maintenance, when no disk has a system yet', async () => {
    const { cluster } = await started({ maintenance: true });
    const { disks } = await storage(cluster.client()).disks();
    expect(disks.some(({ systemDisk }) => systemDisk)).toBe(false);
  });

  it('is refused without the role, ends at the deadline, and fails as the node does', async () => {
    const { cluster, node, client } = await started();
    await expectRefused(storage(cluster.client({ role: 'os:meta:writer' })).disks());
    await expectDeadline(node, storageMethods.disks, (options) => client.disks({}, options));
    node.fail(storageMethods.disks, 'internal');
    expect(await failureOf(client.disks())).toMatchObject({ status: 'internal' });
  });
});

describe('blockDeviceWipe', () => {
  it('frees the disk of a volume that the configuration no longer asks for', async () => {
    const { node, client, apply } = await started();
    await apply(userVolume('data', '/dev/sdb'));
    expect(node.resources.spec(volumeStatusKind, 'u-data')).toMatchObject({
      phase: 'ready',
      location: '/dev/sdb1',
      size: 2 * GIB,
    });
    const inUse = {
      status: 'failed-precondition',
      reason: 'blockdevice "sdb1" is in use by volume "u-data"',
    };
    expect(await failureOf(client.blockDeviceWipe({ devices: [device('sdb1')] }))).toMatchObject(
      inUse,
    );
    await apply();
    expect(node.resources.spec(discoveredVolumeKind, 'sdb1')).toMatchObject({
      name: 'xfs',
      partition_label: 'u-data',
    });
    await client.blockDeviceWipe({ devices: [device('sdb1', { dropPartition: true })] });
    expect(node.resources.spec(blockDeviceKind, 'sdb1')).toBeUndefined();
    expect(node.resources.spec(discoveredVolumeKind, 'sdb')).toMatchObject({ name: 'gpt' });
    await client.blockDeviceWipe({ devices: [device('sdb', { method: 'ZEROES' })] });
    expect(node.resources.spec(discoveredVolumeKind, 'sdb')).toMatchObject({ name: '' });
  });

  it('is refused to readers, except on a node that waits for its configuration', async () => {
    const { cluster } = await started();
    const reader = storage(cluster.client({ role: 'os:reader' }));
    await expectRefused(reader.blockDeviceWipe({ devices: [device('sdb')] }));
    const waiting = await started({ maintenance: true });
    await storage(waiting.cluster.client()).blockDeviceWipe({ devices: [device('sdb')] });
  });

  it('ends when the caller gives up', async () => {
    const { node, client } = await started();
    await expectCancelled(node, storageMethods.blockDeviceWipe, (options) =>
      client.blockDeviceWipe({ devices: [device('sdb')] }, options),
    );
  });

  it.each([
    ['nothing', 'not-found', 'blockdevice "nothing" not found'],
    ['loop0', 'failed-precondition', 'blockdevice "loop0" is read-only'],
    ['sr0', 'failed-precondition', 'blockdevice "sr0" is a CD-ROM'],
    ['sda4', 'failed-precondition', 'blockdevice "sda4" is in use by volume "EPHEMERAL"'],
    ['sda', 'failed-precondition', 'blockdevice "sda" is in use by volume "EPHEMERAL"'],
  ] as const)('fails for %s, before any other device is wiped', async (name, status, reason) => {
    const { node, client, disks, apply } = await started();
    disks.attach({ name: 'sr0', size: GIB, cdrom: true });
    await apply(userVolume('data', '/dev/sdb'));
    await apply();
    const devices = [device('sdb1'), device(name)];
    expect(await failureOf(client.blockDeviceWipe({ devices }))).toMatchObject({ status, reason });
    expect(node.resources.spec(discoveredVolumeKind, 'sdb1')).toMatchObject({ name: 'xfs' });
  });

  it('fails for a volume that is mounted although the check was skipped', async () => {
    const { client } = await started();
    const devices = [device('sda4', { skipVolumeCheck: true })];
    expect(await failureOf(client.blockDeviceWipe({ devices }))).toMatchObject({
      status: 'failed-precondition',
      reason: 'block device "sda4" is mounted or in use',
    });
  });

  it('fails for a way to wipe that does not exist', async () => {
    const { client } = await started();
    const devices = [{ ...device('sdb'), method: 7 as never }];
    expect(await failureOf(client.blockDeviceWipe({ devices }))).toMatchObject({
      status: 'invalid-argument',
      reason: 'unsupported wipe method 7',
    });
  });

  it('fails for a disk that others are made of', async () => {
    const { client, apply } = await started();
    await apply(group, logical('data'));
    expect(await failureOf(client.blockDeviceWipe({ devices: [device('sdb')] }))).toMatchObject({
      reason: 'blockdevice "sdb" is in use by disk "dm-0"',
    });
    const devices = [device('sdb', { skipSecondaryCheck: true })];
    expect(await failureOf(client.blockDeviceWipe({ devices }))).toMatchObject({
      reason: 'block device "sdb" is mounted or in use',
    });
  });
});

describe('LVM', () => {
  it('is taken apart from the volumes to the devices, and shows in the resources', async () => {
    const { node, client, apply } = await started();
    await apply(group, logical('data'), logical('logs'));
    expect(node.resources.spec(volumeGroupStatusKind, 'pool')).toMatchObject({
      lvCount: '2',
      pvCount: '1',
      extentCount: '2559',
      freeExtentCount: '2047',
    });
    expect(node.resources.spec(logicalVolumeStatusKind, 'pool-data')).toMatchObject({
      path: '/dev/pool/data',
      size: String(GIB),
    });
    await apply();
    await client.logicalVolumeRemove({ volumeGroup: 'pool', logicalVolume: 'data' });
    expect(node.resources.spec(logicalVolumeStatusKind, 'pool-data')).toBeUndefined();
    expect(node.resources.spec(volumeGroupStatusKind, 'pool')).toMatchObject({ lvCount: '1' });
    await client.volumeGroupRemove({ volumeGroup: 'pool' });
    expect(node.resources.spec(volumeGroupStatusKind, 'pool')).toBeUndefined();
    expect(node.resources.spec(logicalVolumeStatusKind, 'pool-logs')).toBeUndefined();
    expect(node.resources.spec(physicalVolumeStatusKind, 'sdb')).toMatchObject({ vgName: '' });
    await client.physicalVolumeRemove({ device: '/dev/sdb' });
    expect(node.resources.spec(physicalVolumeStatusKind, 'sdb')).toBeUndefined();
    expect(node.resources.spec(discoveredVolumeKind, 'sdb')).toMatchObject({ name: '' });
  });

  it('is refused to operators', async () => {
    const { cluster } = await started();
    const operator = storage(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.logicalVolumeRemove({ volumeGroup: 'a', logicalVolume: 'b' }));
    await expectRefused(operator.volumeGroupRemove({ volumeGroup: 'a' }));
    await expectRefused(operator.physicalVolumeRemove({ device: '/dev/sdb' }));
  });

  it('ends at the deadline, or when the caller gives up', async () => {
    const { node, client } = await started();
    await expectDeadline(node, storageMethods.logicalVolumeRemove, (options) =>
      client.logicalVolumeRemove({ volumeGroup: 'a', logicalVolume: 'b' }, options),
    );
    await expectCancelled(node, storageMethods.volumeGroupRemove, (options) =>
      client.volumeGroupRemove({ volumeGroup: 'a' }, options),
    );
    await expectDeadline(node, storageMethods.physicalVolumeRemove, (options) =>
      client.physicalVolumeRemove({ device: '/dev/sdb' }, options),
    );
  });

  it('fails for empty names, and for what is not there', async () => {
    const { client } = await started();
    const invalid = { status: 'invalid-argument' };
    const missing = { status: 'not-found', reason: 'lvm: resource not found' };
    const half = { volumeGroup: 'pool', logicalVolume: '' };
    expect(await failureOf(client.logicalVolumeRemove(half))).toMatchObject(invalid);
    expect(await failureOf(client.volumeGroupRemove({ volumeGroup: '' }))).toMatchObject(invalid);
    expect(await failureOf(client.physicalVolumeRemove({ device: '' }))).toMatchObject(invalid);
    const whole = { volumeGroup: 'pool', logicalVolume: 'data' };
    expect(await failureOf(client.logicalVolumeRemove(whole))).toMatchObject(missing);
    expect(await failureOf(client.volumeGroupRemove({ volumeGroup: 'pool' }))).toMatchObject(
      missing,
    );
    expect(await failureOf(client.physicalVolumeRemove({ device: '/dev/sdb' }))).toMatchObject(
      missing,
    );
  });

  it('fails for a volume that is mounted, and for a device of a group', async () => {
    const { node, client, apply } = await started();
    await apply(group, logical('data'), logical('used'), userVolume('app', '/dev/dm-1', 'disk'));
    expect(node.resources.spec(logicalVolumeStatusKind, 'pool-used')).toMatchObject({
      deviceOpen: 'open',
    });
    const open = { status: 'failed-precondition', reason: 'lvm: logical volume is open' };
    const used = { volumeGroup: 'pool', logicalVolume: 'used' };
    expect(await failureOf(client.logicalVolumeRemove(used))).toMatchObject(open);
    expect(await failureOf(client.physicalVolumeRemove({ device: '/dev/sdb' }))).toMatchObject({
      status: 'failed-precondition',
      reason: 'lvm: resource in use',
    });
    expect(await failureOf(client.volumeGroupRemove({ volumeGroup: 'pool' }))).toMatchObject(open);
    // What came before the one that is mounted is gone all the same.
    expect(node.resources.spec(logicalVolumeStatusKind, 'pool-data')).toBeUndefined();
    expect(node.resources.spec(volumeGroupStatusKind, 'pool')).toMatchObject({ lvCount: '1' });
  });
});

describe('mdDestroy', () => {
  it('makes the members of a RAID blank', async () => {
    const { node, client, disks, apply } = await started();
    disks.attach({ name: 'sdc', size: 10 * GIB });
    await apply(raid);
    expect(node.resources.spec(mdArrayStatusKind, 'mirror')).toMatchObject({
      members: ['/dev/sdb', '/dev/sdc'],
      status: 'rebuilding',
    });
    expect(await failureOf(client.blockDeviceWipe({ devices: [device('sdc')] }))).toMatchObject({
      reason: 'blockdevice "sdc" is in use by disk "md127"',
    });
    await apply();
    await client.mdDestroy({ device: '/dev/md127' });
    expect(node.resources.spec(mdArrayStatusKind, 'mirror')).toBeUndefined();
    expect(node.resources.spec(blockDeviceKind, 'md127')).toBeUndefined();
    expect(node.resources.spec(discoveredVolumeKind, 'sdc')).toMatchObject({ name: '' });
  });

  it('is refused to operators, and ends when the caller gives up', async () => {
    const { cluster, node, client } = await started();
    const operator = storage(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.mdDestroy({ device: '/dev/md127' }));
    await expectCancelled(node, storageMethods.mdDestroy, (options) =>
      client.mdDestroy({ device: '/dev/md127' }, options),
    );
  });

  it('fails without a path, for what is not there, and for what is mounted', async () => {
    const { client, disks, apply } = await started();
    expect(await failureOf(client.mdDestroy({ device: '' }))).toMatchObject({
      status: 'invalid-argument',
      reason: 'device must be set',
    });
    expect(await failureOf(client.mdDestroy({ device: 'md127' }))).toMatchObject({
      status: 'invalid-argument',
      reason: 'device must be a full /dev path',
    });
    expect(await failureOf(client.mdDestroy({ device: '/dev/md127' }))).toMatchObject({
      status: 'not-found',
      reason: 'md: array not found',
    });
    disks.attach({ name: 'sdc', size: 10 * GIB });
    await apply(raid, userVolume('app', '/dev/md127', 'disk'));
    expect(await failureOf(client.mdDestroy({ device: '/dev/md127' }))).toMatchObject({
      status: 'failed-precondition',
      reason: 'md: resource in use',
    });
  });
});
