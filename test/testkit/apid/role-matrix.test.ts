import { describe, expect, it } from 'vitest';
import type { TalosClient } from '../../../src/runtime/client.js';
import { isTalosError } from '../../../src/runtime/errors/any-error.js';
import type { AnyMethod, Method } from '../../../src/runtime/method.js';
import { serverMethods } from '../../../testkit/generated/methods.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { callAny } from '../any-method.js';
import { startCluster } from '../support.js';

const roles = {
  A: 'os:admin',
  O: 'os:operator',
  R: 'os:reader',
  E: 'os:etcd:backup',
  I: 'os:image:verifier',
  M: 'os:meta:writer',
  P: 'os:impersonator',
} as const;
type Letter = keyof typeof roles;
const letters = Object.keys(roles) as Letter[];

/**
 * Who may call what, by hand from the rules of Talos 1.14, so that it does not depend on what the
 * client was generated from. `*`: the handler asks for admin unless the node is in maintenance.
 */
const rules: readonly (readonly [who: string, service: string, methods: string])[] = [
  ['A*', 'machine.MachineService', 'ApplyConfiguration'],
  ['A*', 'storage.StorageService', 'BlockDeviceWipe'],
  ['A*', 'machine.LVMService', 'LogicalVolumeRemove VolumeGroupRemove PhysicalVolumeRemove'],
  ['A*', 'machine.MDService', 'Destroy'],
  [
    'A',
    'machine.MachineService',
    'Bootstrap Copy EtcdDowngradeCancel EtcdDowngradeEnable EtcdDowngradeValidate ' +
      'EtcdForfeitLeadership EtcdLeaveCluster EtcdRecover EtcdRemoveMemberByID ' +
      'GenerateClientConfiguration Kubeconfig Read Reset Rollback Upgrade',
  ],
  ['A', 'machine.ImageService', 'Import Remove'],
  ['A', 'machine.LifecycleService', 'Install Upgrade'],
  ['A', 'machine.DebugService', 'ContainerRun'],
  ['A', 'cosi.resource.State', 'Create Destroy Teardown TeardownAndDestroy Update'],
  ['AM', 'machine.MachineService', 'MetaDelete MetaWrite'],
  [
    'AO',
    'machine.MachineService',
    'EtcdAlarmDisarm EtcdDefragment ImagePull PacketCapture Reboot Restart ServiceRestart ' +
      'ServiceStart ServiceStop Shutdown',
  ],
  ['AO', 'machine.ImageService', 'Pull'],
  ['AOE', 'machine.MachineService', 'EtcdSnapshot'],
  [
    'AOR',
    'machine.MachineService',
    'CPUFreqStats CPUInfo Containers DiskStats DiskUsage Dmesg Events Hostname ImageList List ' +
      'LoadAvg Logs LogsContainers Memory Mounts Netstat NetworkDeviceStats Processes ' +
      'ServiceList Stats SystemStat Version',
  ],
  ['AOR', 'machine.ImageService', 'List'],
  ['AOR', 'cluster.ClusterService', 'HealthCheck'],
  ['AOR', 'inspect.InspectService', 'ControllerRuntimeDependencies'],
  ['AOR', 'storage.StorageService', 'Disks'],
  ['AOR', 'time.TimeService', 'Time TimeCheck'],
  ['AOR', 'cosi.resource.State', 'Get List Watch'],
  ['AORE', 'machine.MachineService', 'EtcdAlarmList EtcdMemberList EtcdStatus'],
  ['AORI', 'machine.ImageService', 'Verify'],
];
const matrix = new Map<string, string>(
  rules.flatMap(([who, service, methods]) =>
    methods.split(' ').map((name) => [`/${service}/${name}`, who] as const),
  ),
);
/** Served by trustd, which looks at a token. */
const CERTIFICATE = '/securityapi.SecurityService/Certificate';

/** Has a node answer every RPC, whatever it is asked, so that only who may call is seen. */
function answering(cluster: SimulatedCluster): void {
  for (const { method } of serverMethods) {
    const one = method.kind === 'unary' || method.kind === 'client-stream';
    cluster.node('cp-1').on(method as Method<'unary', unknown, unknown>, () => (one ? {} : []));
  }
}

/** How a call ends: `ok` or a status. */
async function outcome(talos: TalosClient, method: AnyMethod): Promise<string> {
  try {
    await callAny(talos, method);
    return 'ok';
  } catch (error) {
    if (isTalosError(error) && error.code === 'rpc') return error.status;
    throw error;
  }
}

const methods: readonly AnyMethod[] = serverMethods
  .map(({ method }) => method)
  .filter(({ path }) => path !== CERTIFICATE);

// Talos: each RPC has a rule with the roles that it accepts; one of them is enough.
describe('the roles of a caller', () => {
  it('have a rule for each of the 80 RPCs that apid serves', () => {
    expect([...matrix.keys()].sort()).toEqual(methods.map(({ path }) => path).sort());
    expect(matrix.size).toBe(80);
  });

  it.each(letters)('%s open what its rules say, and nothing else', async (letter) => {
    const cluster = await startCluster();
    answering(cluster);
    const talos = cluster.client({ role: roles[letter] });
    for (const method of methods) {
      const may = matrix.get(method.path)?.includes(letter);
      const expected = may ? 'ok' : 'permission-denied';
      expect(`${method.path} ${await outcome(talos, method)}`).toBe(`${method.path} ${expected}`);
    }
  });

  it('that nobody knows open nothing', async () => {
    const cluster = await startCluster();
    answering(cluster);
    const talos = cluster.client({ role: 'os:none' as 'os:admin' });
    for (const method of methods) expect(await outcome(talos, method)).toBe('permission-denied');
  });

  it('named for META or for images open nothing before 1.13', async () => {
    const cluster = await startCluster({ talosVersion: 'v1.12.3' });
    answering(cluster);
    const talos = cluster.client({ role: ['os:meta:writer', 'os:image:verifier'] });
    for (const method of methods) expect(await outcome(talos, method)).not.toBe('ok');
  });
});

// Talos: in maintenance everybody is a reader, and those who come over SideroLink are admins.
describe('without a configuration', () => {
  it('a node serves to anybody what readers may call, and what asks whether it is in maintenance', async () => {
    const cluster = await startCluster({ maintenance: true });
    answering(cluster);
    const talos = cluster.client();
    for (const method of methods) {
      const who = matrix.get(method.path) ?? '';
      const expected = /[R*]/.test(who) ? 'ok' : 'permission-denied';
      expect(`${method.path} ${await outcome(talos, method)}`).toBe(`${method.path} ${expected}`);
    }
  });

  it('a node serves everything over SideroLink', async () => {
    const cluster = await startCluster({ maintenance: true, sideroLink: true });
    answering(cluster);
    for (const method of methods) expect(await outcome(cluster.client(), method)).toBe('ok');
  });

  const open = ['ApplyConfiguration', 'Disks', 'BlockDeviceWipe', 'Get', 'List', 'Watch'];
  const trusted = ['Version', 'Upgrade', 'Reset', 'MetaWrite', 'MetaDelete'];
  const served = (names: readonly string[]) =>
    methods.filter(
      ({ path }) =>
        names.includes(path.slice(path.lastIndexOf('/') + 1)) &&
        /^\/(machine\.MachineService\/(?!List)|storage\.|cosi\.)/.test(path),
    );

  it.each([
    ['anybody', false, served(open)],
    ['those who come over SideroLink', true, served([...open, ...trusted])],
  ] as const)(
    'a node before 1.13 serves few RPCs to %s, and has no others',
    async (_, sideroLink, expected) => {
      const cluster = await startCluster({
        maintenance: true,
        sideroLink,
        talosVersion: 'v1.12.3',
      });
      answering(cluster);
      const talos = cluster.client();
      for (const method of methods) {
        const status = expected.includes(method) ? 'ok' : 'unimplemented';
        expect(`${method.path} ${await outcome(talos, method)}`).toBe(`${method.path} ${status}`);
      }
    },
  );
});
