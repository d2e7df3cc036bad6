import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ManualClock,
  ServerStatus,
  type SimulatedCluster,
  type SimulatedNode,
  simulateCluster,
} from '../../testkit/src/index.js';

// What a test in JavaScript may pass, which no type has looked at.

let cluster: SimulatedCluster;
let node: SimulatedNode;

beforeAll(async () => {
  cluster = await simulateCluster({ clock: new ManualClock() });
  node = cluster.node('cp-1');
});

afterAll(() => cluster.close());

// biome-ignore lint/suspicious/noExplicitAny: as JavaScript passes it.
type Anything = any;

const started = (options: Anything) => simulateCluster(options);

it.each([
  [
    'simulateCluster',
    () => started({ controlplans: 3 }),
    'simulateCluster: controlplans: there is no such option; did you mean controlPlanes?',
  ],
  [
    'simulateCluster',
    () => started('tls'),
    'simulateCluster: options: expected an object such as { controlPlanes: … }, got a string',
  ],
  [
    'simulateCluster',
    () => started({ transport: 'tsl' }),
    'simulateCluster: transport: expected memory or tls (did you mean tls?), got a string',
  ],
  [
    'simulateCluster',
    () => started({ clock: 5 }),
    "simulateCluster: clock: expected 'real' or a clock such as new ManualClock(), got 5",
  ],
  [
    'simulateCluster',
    () => started({ workers: '2' }),
    'simulateCluster: workers: expected a number, got a string',
  ],
  [
    'simulateCluster',
    () => started({ maintenance: 'yes' }),
    'simulateCluster: maintenance: expected true or false, got a string',
  ],
  [
    'client',
    () => cluster.client({ roles: 'os:reader' } as Anything),
    'client: roles: there is no such option; did you mean role?',
  ],
  [
    'client',
    () => cluster.client({ role: 5 } as Anything),
    "client: role: expected a string, or a list of strings such as ['os:reader'], got 5",
  ],
  [
    'client',
    () => cluster.client({ flaw: 'expird' } as Anything),
    'client: flaw: expected expired or not-yet-valid or wrong-ca or wrong-usage (did you mean expired?), got a string',
  ],
  [
    'client',
    () => cluster.client({ timeoutMs: '5' } as Anything),
    'client: timeoutMs: expected a number, or none, got a string',
  ],
  [
    'writeTalosconfig',
    () => cluster.writeTalosconfig('x', { roles: [] } as Anything),
    'writeTalosconfig: roles: there is no such option; did you mean role?',
  ],
  [
    'machineConfig',
    () => cluster.machineConfig(undefined as Anything),
    "machineConfig: options: expected an object such as { type: 'worker' }, got undefined",
  ],
  [
    'machineConfig',
    () => cluster.machineConfig({ type: 'worker', disk: 'sda' } as Anything),
    'machineConfig: disk: there is no such option',
  ],
  [
    'partition',
    () => cluster.partition('cp-1' as Anything, []),
    'partition: expected two lists of nodes',
  ],
  [
    'fail',
    () => node.fail('reboot' as Anything, 'unavailable'),
    "fail: method: expected the facts of one, such as lifecycleMethods.reboot, or 'any'",
  ],
  [
    'fail',
    () => node.fail('any', 'unavailable', { mesage: 'x' } as Anything),
    'fail: mesage: there is no such option; did you mean message?',
  ],
  [
    'drop',
    () => node.drop('any', { when: 'befor' } as Anything),
    'drop: when: expected before or after or { replies: 1 } (did you mean before?), got a string',
  ],
  [
    'delay',
    () => node.delay('any', 5, { time: 1 } as Anything),
    'delay: time: there is no such option; did you mean times?',
  ],
  [
    'stall',
    () => node.stall('any', 1 as Anything),
    'stall: options: expected an object such as { times: … }, got 1',
  ],
  [
    'dieAfter',
    () => node.dieAfter('any', { after: 1 } as Anything),
    'dieAfter: after: there is no such option',
  ],
  [
    'reset',
    () => node.reset('any', { code: 'CANCELED' } as Anything),
    'reset: code: expected NO_ERROR or',
  ],
  [
    'truncate',
    () => node.truncate('any', { reply: 1 } as Anything),
    'truncate: reply: there is no such option; there are times, replies',
  ],
  [
    'readSlowly',
    () => node.readSlowly('any', 5, { time: 1 } as Anything),
    'readSlowly: time: there is no such option; did you mean times?',
  ],
  [
    'goAway',
    () => node.goAway({ pings: true } as Anything),
    'goAway: pings: there is no such option',
  ],
  [
    'attachDisk',
    () => node.attachDisk({ name: 'sdc', sise: 5 } as Anything),
    'attachDisk: sise: there is no such option; did you mean size?',
  ],
  [
    'files.write',
    () => node.files.write('/var/x', '', { mode: 0o600 } as Anything),
    'write: mode: there is no such option',
  ],
  [
    'files.break',
    () => node.files.break('/var', 'EIO', { after: 5 } as Anything),
    'break: after: there is no such option',
  ],
  [
    'kernelLog.write',
    () => node.kernelLog.write('x', { priority: 'error' } as Anything),
    'write: priority: expected emerg or',
  ],
  [
    'ServerStatus',
    () => new ServerStatus('unavailable', 'x', { detail: [] } as Anything),
    'ServerStatus: detail: there is no such option; did you mean details?',
  ],
] as const)('%s refuses options that cannot work: %#', async (_, call, message) => {
  const error = await Promise.resolve()
    .then(call as () => unknown)
    .then(
      () => new Error('was not refused'),
      (reason: unknown) => reason,
    );
  expect(error).toMatchObject({ name: 'TalosConfigError', code: 'config' });
  expect((error as Error).message).toContain(message);
});

it('what was refused left no fault behind', async () => {
  expect(() => node.fail('reboot' as Anything, 'unavailable')).toThrow();
  expect(node.machine.faults.take('/machine.MachineService/Version')).toEqual([]);
});
