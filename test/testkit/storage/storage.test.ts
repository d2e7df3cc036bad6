import { describe, expect, it } from 'vitest';
import { files } from '../../../generated/features/files.js';
import { system } from '../../../generated/features/system.js';
import type { Machine } from '../../../testkit/src/base/machine.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { reset } from '../../../testkit/src/node/sequences/reset.js';
import { resetPlan } from '../../../testkit/src/node/sequences/reset-plan.js';
import { sequences } from '../../../testkit/src/node/sequences/sequences.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import {
  blockDeviceKind,
  discoveredVolumeKind,
  diskKind,
} from '../../../testkit/src/topics/cosi/kinds/disks.js';
import {
  mdArrayStatusKind,
  physicalVolumeStatusKind,
} from '../../../testkit/src/topics/cosi/kinds/storage.js';
import {
  volumeMountKind,
  volumeMountStatusKind,
  volumeStatusKind,
} from '../../../testkit/src/topics/cosi/kinds/volumes.js';
import { storage } from '../../../testkit/src/topics/storage/storage.js';
import { wipeDevices } from '../../../testkit/src/topics/storage/wipe.js';
import { installation } from '../../../testkit/src/topics/system/installation.js';
import { meta } from '../../../testkit/src/topics/system/meta.js';
import { startCluster } from '../support.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

async function started(options: ClusterOptions = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, workers: 1, ...options });
  const node = cluster.node(options.maintenance === true ? 'cp-1' : 'worker-1');
  return { clock, cluster, node, machine: node.machine, disks: node.machine.state(storage) };
}

/** A document of the configuration. */
function document(kind: string, name: string, values: object): string {
  return `---\n${JSON.stringify({ apiVersion: 'v1alpha1', kind, name, ...values })}\n`;
}

function volume(name: string, provisioning: object, values: object = {}): string {
  return document('UserVolumeConfig', name, { provisioning, ...values });
}

function configure(machine: Machine, cluster: SimulatedCluster, ...documents: string[]): void {
  const text = cluster.machineConfig({ type: 'worker', installDisk: '/dev/sda' });
  const active = readConfig([text, ...documents].join(''), machine.talosVersion);
  machine.state(config).persist(active);
  machine.state(config).activate(active);
}

const anyDisk = { diskSelector: { match: '!system_disk' } };
const virtio = { volumeSelector: { match: 'disk.transport == "virtio"' } };

function wipe(machine: Machine, device: string, options: object = {}): Promise<void> {
  const defaults = { skipVolumeCheck: false, skipSecondaryCheck: false, dropPartition: false };
  return wipeDevices(machine, [{ device, method: 'FAST', ...defaults, ...options }]);
}

async function restart(machine: Machine, clock: ManualClock): Promise<void> {
  machine.halt('crash');
  machine.boot();
  await clock.advance(10_000);
  expect(machine.stage).toBe('RUNNING');
}

describe('disks', () => {
  it('appear when they are attached, and stay when the node is restarted', async () => {
    const { clock, node, machine, disks } = await started();
    const { resources } = node;
    expect(resources.spec(diskKind, 'sdc')).toBeUndefined();
    node.attachDisk({ name: 'sdc', size: 5 * GIB, transport: 'sata', rotational: true });
    expect(resources.spec(diskKind, 'sdc')).toMatchObject({
      dev_path: '/dev/sdc',
      size: 5 * GIB,
      transport: 'sata',
      rotational: true,
      symlinks: [expect.stringMatching(/^\/dev\/disk\/by-id\/scsi-/)],
    });
    expect(resources.spec(blockDeviceKind, 'sdc')).toMatchObject({ major: 8, minor: 32 });
    await restart(machine, clock);
    expect(node.resources.spec(diskKind, 'sdc')).toMatchObject({ size: 5 * GIB });
    expect(() => disks.attach({ name: 'sdc', size: GIB })).toThrow(
      new RangeError('worker-1 has a disk sdc already'),
    );
  });

  it('have counters, and so have their partitions', async () => {
    const { cluster, node, machine } = await started();
    node.attachDisk({ name: 'sdc', size: 5 * GIB });
    configure(machine, cluster, volume('data', { ...anyDisk, minSize: '1GiB' }));
    const { devices } = await system(cluster.client().node(node.address)).diskStats();
    const names = devices.map(({ name }) => name);
    expect(names).toEqual(['loop0', 'sda', 'sda1', 'sda2', 'sda3', 'sda4', 'sdb', 'sdb1', 'sdc']);
  });

  it('are files in /dev and /sys', async () => {
    const { cluster, node } = await started();
    node.attachDisk({ name: 'sdc', size: 5 * GIB });
    const client = files(cluster.client().node(node.address));
    const names: string[] = [];
    for await (const { relativeName } of client.list({ root: '/dev' })) names.push(relativeName);
    expect(names).toEqual(expect.arrayContaining(['loop0', 'sda', 'sda4', 'sdb', 'sdc']));
    const parts: Uint8Array[] = [];
    for await (const part of client.read({ path: '/sys/block/sdc/size' })) parts.push(part);
    expect(Number(Buffer.concat(parts))).toBe((5 * GIB) / 512);
  });

  it('have the same ids each time', async () => {
    const serials = await Promise.all(
      [1, 2].map(async () => (await started()).node.resources.spec(diskKind, 'sdb')?.serial),
    );
    expect(serials[0]).toBe(serials[1]);
  });
});

// Talos: block controllers, user volumes.
describe('a volume of the configuration', () => {
  it('is a partition with a file system, mounted, and the same after a restart', async () => {
    const { clock, cluster, node, machine } = await started();
    configure(machine, cluster, volume('data', { ...anyDisk, minSize: '1GiB', maxSize: '3GiB' }));
    const before = node.resources.spec(volumeStatusKind, 'u-data');
    expect(before).toMatchObject({
      phase: 'ready',
      type: 'partition',
      location: '/dev/sdb1',
      parentLocation: '/dev/sdb',
      size: 3 * GIB,
      filesystem: 'xfs',
    });
    expect(node.resources.spec(discoveredVolumeKind, 'sdb1')).toMatchObject({
      name: 'xfs',
      label: 'u-data',
      uuid: before?.uuid,
      partition_uuid: before?.partitionUUID,
      offset: MIB,
    });
    expect(node.resources.spec(volumeMountKind, 'u-data')).toMatchObject({
      source: '/dev/sdb1',
      target: '/var/mnt/data',
    });
    const { stats } = await files(cluster.client().node(node.address)).mounts();
    expect(stats.find(({ filesystem }) => filesystem === '/dev/sdb1')).toMatchObject({
      mountedOn: '/var/mnt/data',
    });
    const request = 'block.UserVolumeConfigController-u-data';
    expect(node.resources.spec(volumeMountStatusKind, request)).toBeDefined();
    await restart(machine, clock);
    expect(node.resources.spec(volumeStatusKind, 'u-data')).toEqual(before);
  });

  it('stands behind those that are there, or says that there is no room', async () => {
    const { cluster, node, machine } = await started();
    const one = volume('one', { ...anyDisk, maxSize: '60%' });
    const two = volume(
      'two',
      { ...anyDisk, minSize: '2GB', maxSize: '2GB' },
      {
        filesystem: { type: 'ext4' },
      },
    );
    const three = volume('three', { ...anyDisk, minSize: '5GiB' });
    configure(machine, cluster, one, two, three);
    const status = (id: string) => node.resources.spec(volumeStatusKind, id);
    expect(status('u-one')?.size).toBe(6 * GIB);
    expect(status('u-two')).toMatchObject({
      location: '/dev/sdb2',
      partitionIndex: 2,
      size: 2e9,
      filesystem: 'ext4',
    });
    expect(node.resources.spec(discoveredVolumeKind, 'sdb2')?.offset).toBe(MIB + 6 * GIB);
    expect(status('u-three')).toMatchObject({
      phase: 'failed',
      errorMessage: 'no disks matched for volume',
    });
    node.attachDisk({ name: 'sdc', size: 6 * GIB });
    configure(machine, cluster, one, two, three);
    expect(status('u-three')).toMatchObject({ phase: 'ready', location: '/dev/sdc1' });
  });

  it('fails with what is wrong with its selector', async () => {
    const { cluster, node, machine } = await started();
    configure(
      machine,
      cluster,
      volume('data', { diskSelector: { match: 'disk.colour' }, minSize: '1GiB' }),
    );
    expect(node.resources.spec(volumeStatusKind, 'u-data')).toMatchObject({
      phase: 'failed',
      errorMessage: 'error matching disk: undefined field "colour"',
    });
  });

  it('is unmounted when nobody asks for it, and found again with what is on it', async () => {
    const { cluster, node, machine } = await started();
    const data = volume('data', { ...anyDisk, minSize: '1GiB' });
    configure(machine, cluster, data);
    const before = node.resources.spec(volumeStatusKind, 'u-data');
    configure(machine, cluster);
    expect(node.resources.spec(volumeStatusKind, 'u-data')).toBeUndefined();
    expect(node.resources.spec(volumeMountKind, 'u-data')).toBeUndefined();
    configure(machine, cluster, data);
    expect(node.resources.spec(volumeStatusKind, 'u-data')).toEqual(before);
  });
});

describe('a wipe', () => {
  it('lets a partition be, whose number the next one takes only when it was dropped', async () => {
    const { cluster, node, machine } = await started();
    configure(machine, cluster, volume('data', { ...anyDisk, maxSize: '1GiB' }));
    configure(machine, cluster);
    await wipe(machine, 'sdb1');
    expect(node.resources.spec(discoveredVolumeKind, 'sdb1')).toMatchObject({
      name: '',
      partition_label: 'u-data',
    });
    await wipe(machine, 'sdb1', { dropPartition: true });
    configure(machine, cluster, volume('other', { ...anyDisk, maxSize: '1GiB' }));
    expect(node.resources.spec(discoveredVolumeKind, 'sdb1')).toMatchObject({
      partition_label: 'u-other',
    });
  });

  it('checks a disk for what is on its partitions, and a partition for itself alone', async () => {
    const { cluster, machine } = await started();
    configure(
      machine,
      cluster,
      volume('one', { ...anyDisk, maxSize: '1GiB' }),
      volume('two', { ...anyDisk, maxSize: '1GiB' }),
    );
    configure(machine, cluster, volume('one', { ...anyDisk, maxSize: '1GiB' }));
    await expect(wipe(machine, 'sdb')).rejects.toThrow('"sdb" is in use by volume "u-one"');
    await wipe(machine, 'sdb2');
    await expect(wipe(machine, 'sdb', { skipVolumeCheck: true })).rejects.toThrow(
      'block device "sdb" is mounted or in use',
    );
  });

  it('takes a disk from LVM when no volume is on it', async () => {
    const { cluster, node, machine, disks } = await started();
    configure(machine, cluster, document('LVMVolumeGroupConfig', 'pool', { provisioning: virtio }));
    configure(machine, cluster);
    expect(node.resources.spec(physicalVolumeStatusKind, 'sdb')).toMatchObject({ vgName: 'pool' });
    await wipe(machine, 'sdb');
    expect(node.resources.spec(physicalVolumeStatusKind, 'sdb')).toBeUndefined();
    expect(disks.lvm.groups).toEqual([]);
  });

  it('of the system disk is possible in maintenance, and takes all that is on it', async () => {
    const { clock, machine, node } = await started();
    machine.state(meta).write(12, 'value');
    const request = {
      graceful: false,
      reboot: true,
      systemPartitionsToWipe: [{ label: 'STATE', wipe: true }],
      userDisksToWipe: [],
      mode: 'ALL',
    } as const;
    const plan = await resetPlan(machine, request as never);
    machine.state(sequences).run(reset(machine, plan), { actorId: '' });
    await clock.advance(10_000);
    expect(machine.stage).toBe('MAINTENANCE');
    await expect(wipe(machine, 'sda')).rejects.toThrow('"sda" is in use by volume "META"');
    await wipe(machine, 'sda3', { dropPartition: true });
    expect(node.resources.spec(blockDeviceKind, 'sda3')).toBeUndefined();
    expect(machine.state(meta).entries()).toEqual([[12, 'value']]);
    await wipe(machine, 'sda', { skipVolumeCheck: true });
    expect(machine.state(meta).entries()).toEqual([]);
    expect(machine.state(installation).isInstalled).toBe(false);
    expect(node.resources.spec(discoveredVolumeKind, 'sda')).toMatchObject({ name: '' });
    expect(node.resources.spec(blockDeviceKind, 'sda4')).toBeUndefined();
  });
});

describe('LVM', () => {
  it('puts volumes on several disks when one is too small', async () => {
    const { cluster, node, machine, disks } = await started();
    node.attachDisk({ name: 'sdc', size: 10 * GIB });
    const pool = document('LVMVolumeGroupConfig', 'pool', { provisioning: virtio });
    const big = document('LVMLogicalVolumeConfig', 'my-data', {
      provisioning: { volumeGroup: 'pool', maxSize: '75%' },
    });
    configure(machine, cluster, pool, big);
    const [volume] = disks.lvm.logicalVolumes;
    expect(volume?.extents).toBe(3839);
    expect([...(volume?.segments.values() ?? [])]).toEqual([2559, 1280]);
    expect(volume?.disk.symlinks[0]).toBe('/dev/mapper/pool-my--data');
    expect(node.resources.spec(diskKind, 'dm-0')).toMatchObject({
      secondary_disks: ['sdb', 'sdc'],
    });
  });

  it('is there again after a restart, and is not made of its own volumes', async () => {
    const { clock, cluster, machine, disks } = await started();
    const selector = { volumeSelector: { match: '!disk.readonly' } };
    configure(
      machine,
      cluster,
      document('LVMVolumeGroupConfig', 'pool', { provisioning: selector }),
      document('LVMLogicalVolumeConfig', 'data', {
        provisioning: { volumeGroup: 'pool', maxSize: '1GiB' },
      }),
    );
    await restart(machine, clock);
    expect(disks.lvm.physicalVolumes.map(({ device }) => device.name)).toEqual(['sdb']);
    expect(disks.lvm.logicalVolumes.map(({ name }) => name)).toEqual(['data']);
  });

  it('knows of a volume what it is, and not whether Talos is on its disk', async () => {
    const { cluster, machine, disks } = await started();
    const group = (match: string) =>
      configure(
        machine,
        cluster,
        document('LVMVolumeGroupConfig', 'pool', { provisioning: { volumeSelector: { match } } }),
      );
    group('!system_disk');
    expect(disks.lvm.groups).toEqual([]);
    group('volume.name == ""');
    expect(disks.lvm.groups.map(({ name }) => name)).toEqual(['pool']);
  });

  it('makes no volume that has no room', async () => {
    const { cluster, machine, disks } = await started();
    configure(
      machine,
      cluster,
      document('LVMVolumeGroupConfig', 'pool', { provisioning: virtio }),
      document('LVMLogicalVolumeConfig', 'data', {
        provisioning: { volumeGroup: 'pool', minSize: '20GiB', maxSize: '30GiB' },
      }),
    );
    expect(disks.lvm.groups).toHaveLength(1);
    expect(disks.lvm.logicalVolumes).toEqual([]);
    const group = disks.lvm.extendGroup('pool', []);
    expect(() => disks.lvm.createVolume(group, 'data', 20 * GIB)).toThrow(
      new RangeError('volume group pool has no room for data'),
    );
  });
});

describe('a software RAID', () => {
  const mirror = document('RAIDArrayConfig', 'mirror', { level: 'raid1', provisioning: virtio });

  it('waits for a second disk, then for its members to be the same', async () => {
    const { clock, cluster, node, machine } = await started();
    configure(machine, cluster, mirror);
    expect(node.resources.spec(mdArrayStatusKind, 'mirror')).toBeUndefined();
    node.attachDisk({ name: 'sdc', size: 8 * GIB });
    configure(machine, cluster, mirror);
    const status = () => node.resources.spec(mdArrayStatusKind, 'mirror');
    expect(status()).toMatchObject({ status: 'rebuilding', syncAction: 'resync', raidDevices: 2 });
    await clock.advance(1_999);
    expect(status()?.status).toBe('rebuilding');
    await clock.advance(1);
    expect(status()).toMatchObject({ status: 'ready', arrayState: 'clean', syncAction: 'idle' });
    expect(node.resources.spec(diskKind, 'md127')?.size).toBeLessThan(8 * GIB);
  });

  it('takes with it what LVM has on it, unless a volume is there', async () => {
    const { cluster, machine, disks } = await started();
    disks.attach({ name: 'sdc', size: 8 * GIB });
    configure(
      machine,
      cluster,
      mirror,
      document('LVMVolumeGroupConfig', 'pool', {
        provisioning: { volumeSelector: { match: 'disk.dev_path == "/dev/md127"' } },
      }),
      document('LVMLogicalVolumeConfig', 'data', {
        provisioning: { volumeGroup: 'pool', maxSize: '100%' },
      }),
    );
    expect(() => disks.destroyRaid('/dev/md127')).toThrow('md: resource in use');
    disks.lvm.removeVolume('pool', 'data');
    disks.destroyRaid('/dev/md127');
    expect(disks.lvm.groups).toEqual([]);
    expect(disks.lvm.physicalVolumes).toEqual([]);
  });

  it('is destroyed by each of its paths', async () => {
    const { cluster, machine, disks } = await started();
    disks.attach({ name: 'sdc', size: 8 * GIB });
    const paths = ['/dev/md127', '/dev/md/mirror', '/dev/disk/by-id/md-name-talos:mirror'];
    for (const path of paths) {
      configure(machine, cluster, mirror);
      expect(disks.raids.arrays).toHaveLength(1);
      expect(() => disks.destroyRaid('/dev/md126')).toThrow('md: array not found');
      disks.destroyRaid(path);
      expect(disks.raids.arrays).toEqual([]);
    }
  });
});

describe('a reset', () => {
  it('makes the disks of users blank whatever is on them', async () => {
    const { clock, cluster, node, machine, disks } = await started();
    node.attachDisk({ name: 'sdc', size: 10 * GIB });
    node.attachDisk({ name: 'sdd', size: 4 * GIB, transport: 'nvme' });
    configure(
      machine,
      cluster,
      document('RAIDArrayConfig', 'mirror', { provisioning: virtio }),
      document('LVMVolumeGroupConfig', 'pool', {
        provisioning: { volumeSelector: { match: 'disk.dev_path == "/dev/md127"' } },
      }),
      document('LVMLogicalVolumeConfig', 'data', {
        provisioning: { volumeGroup: 'pool', maxSize: '1GiB' },
      }),
      volume(
        'app',
        { diskSelector: { match: 'disk.dev_path == "/dev/dm-0"' } },
        {
          volumeType: 'disk',
        },
      ),
      volume('kept', { diskSelector: { match: 'disk.transport == "nvme"' }, minSize: '1GiB' }),
    );
    expect(node.resources.spec(volumeStatusKind, 'u-app')).toMatchObject({ location: '/dev/dm-0' });
    const request = {
      graceful: false,
      reboot: false,
      systemPartitionsToWipe: [],
      userDisksToWipe: ['/dev/sdb', '/dev/sdc'],
      mode: 'USER_DISKS',
    } as const;
    const plan = await resetPlan(machine, request as never);
    machine.state(sequences).run(reset(machine, plan), { actorId: '' });
    await clock.advance(10_000);
    expect(machine.isOn).toBe(false);
    expect(disks.raids.arrays).toEqual([]);
    expect(disks.lvm.physicalVolumes).toEqual([]);
    expect(disks.find('sdb')?.content).toBeUndefined();
    expect(disks.find('sdc')?.content).toBeUndefined();
    expect(disks.find('sdd1')?.content).toMatchObject({ label: 'u-kept' });
  });
});
