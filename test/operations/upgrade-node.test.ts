import { describe, expect, it } from 'vitest';
import { imagesMethods } from '../../generated/features/images.js';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { metaMethods } from '../../generated/features/meta.js';
import { resourcesMethods } from '../../generated/features/resources.js';
import { runOperation } from '../../src/operations/run/run-operation.js';
import {
  type UpgradeNodeOptions,
  type UpgradeStep,
  upgradeNode,
} from '../../src/operations/upgrade-node/index.js';
import { install } from '../../src/operations/upgrading/install.js';
import { ServerStatus } from '../../testkit/src/base/calls/status.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { servicePidKind } from '../../testkit/src/topics/cosi/kinds/runtime.js';
import { installation } from '../../testkit/src/topics/system/installation.js';
import { failureOf } from '../support/feature-calls.js';
import { trackedNode } from './support/tracking.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';
const schematic = 'ab'.repeat(32);
const { upgrade, reboot, upgradeLegacy } = lifecycleMethods;
const memory = { transport: 'memory' } as const;
const never: UpgradeNodeOptions = { drain: 'never' };

/** The process of an installer. */
const installerProcess = { pid: 4711, mountNamespace: 'mnt:[4026531841]' };

/** What runs on a node becomes another release, as by an installer that nobody hears of. */
const installed = (node: SimulatedNode) => node.machine.state(installation).upgrade('v1.14.1');

describe('upgradeNode', () => {
  it('pulls, installs, reboots once and checks what runs', async () => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    const steps: string[] = [];
    const onProgress: UpgradeNodeOptions['onProgress'] = ({ type, step }) => {
      if (type === 'step') steps.push(step);
    };
    const running = upgradeNode(target, { image }, { ...never, onProgress }, parts);
    expect(await turnUntil(running)).toEqual({
      node: node.address,
      upgraded: true,
      previousVersion: 'v1.14.0',
      version: 'v1.14.1',
      previousSchematic: undefined,
      schematic: undefined,
      drained: { drained: false, reason: 'not wanted' },
    });
    expect(node.machine.boots).toBe(2);
    expect(steps).toEqual([
      ...['check', 'look', 'pull', 'check', 'install'],
      ...['send', 'stop', 'boot', 'ready', 'verify'],
    ]);
    const { journal } = cluster;
    const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' };
    expect(journal.of(imagesMethods.pull)[0]?.request).toMatchObject({ containerd });
    expect(journal.of(upgrade)[0]?.request).toMatchObject({ containerd });
    expect(journal.of(upgrade)).toHaveLength(1);
    expect(journal.of(reboot)).toHaveLength(1);
    expect(journal.of(metaMethods.write)).toHaveLength(0);
  });

  it('uses one containerd for both, the one in memory if it is wanted', async () => {
    const { cluster, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    const options = { ...never, imageStore: 'memory' } as const;
    await turnUntil(upgradeNode(target, { image }, options, parts));
    const containerd = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' };
    expect(cluster.journal.of(imagesMethods.pull)[0]?.request).toMatchObject({ containerd });
    expect(cluster.journal.of(upgrade)[0]?.request).toMatchObject({ containerd });
  });

  it('does nothing to a node that runs the release already, unless told to', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    const same = { image: 'ghcr.io/siderolabs/installer:v1.14.0' };
    const result = await turnUntil(upgradeNode(target, same, never, parts));
    expect(result).toMatchObject({ upgraded: false, version: 'v1.14.0' });
    expect(node.machine.boots).toBe(1);
    const again = { ...never, evenIfSame: true };
    expect(await turnUntil(upgradeNode(target, same, again, parts))).toMatchObject({
      upgraded: true,
    });
    expect(node.machine.boots).toBe(2);
  });

  it.each([
    ['image', { image: '' }],
    ['version', { image: 'registry.example/installer@sha256:00' }],
    ['version', { image, version: 'newest' }],
    ['image', { image: 'ghcr.io/siderolabs/installer:v1.16.0' }],
    ['images', { image, images: [] }],
  ])('refuses a request by its field %s, and changes nothing', async (field, request) => {
    const { cluster, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    const error = await turnUntil(failureOf(upgradeNode(target, request, never, parts)));
    expect(error).toMatchObject({ code: 'config', field });
    expect(cluster.journal.of(upgrade)).toHaveLength(0);
  });

  it('takes the release from the caller where the tag does not say', async () => {
    const { target, parts, turnUntil } = await trackedNode('worker-1', memory);
    const request = { image, version: '1.14.1' };
    const { version } = await turnUntil(upgradeNode(target, request, never, parts));
    expect(version).toBe('v1.14.1');
  });

  it('fails with the exit code and the last words of the installer, and does not reboot', async () => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    node.on(upgrade, async function* () {
      yield { progress: { response: { case: 'message', value: 'no space left\n' } } };
      yield { progress: { response: { case: 'exitCode', value: 3 } } };
    });
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({ step: 'install', outcome: 'changed' });
    expect(error.message).toContain('the installer ended with the code 3: no space left');
    expect(cluster.journal.of(reboot)).toHaveLength(0);
  });

  it('takes an end without an exit code for no success, and does not reboot', async () => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    node.on(upgrade, async function* () {
      yield { progress: { response: { case: 'message', value: 'writing\n' } } };
    });
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({ step: 'install', outcome: 'unknown' });
    expect(cluster.journal.of(reboot)).toHaveLength(0);
  });

  it('waits until an installer is gone whose stream was lost, and lets the release decide', async () => {
    const { cluster, node, clock, target, parts, turnUntil } = await trackedNode(
      'worker-1',
      memory,
    );
    let goneAt = Infinity;
    node.on(upgrade, async function* () {
      node.resources.put(servicePidKind, 'installer', installerProcess);
      clock.setTimer(60_000, () => {
        installed(node);
        node.resources.remove(servicePidKind, 'installer');
        goneAt = clock.now();
      });
      yield { progress: { response: { case: 'message', value: 'writing\n' } } };
      node.machine.dropConnections();
    });
    const result = await turnUntil(upgradeNode(target, { image }, never, parts));
    expect(result).toMatchObject({ upgraded: true, version: 'v1.14.1' });
    expect(cluster.journal.of(upgrade)).toHaveLength(1);
    const [sent] = cluster.journal.of(reboot);
    expect((sent?.at ?? 0) - goneAt).toBeGreaterThanOrEqual(5_000);
  });

  it.each<[string, string[], string]>([
    ['before it said a word', [], 'unchanged'],
    ['after it began', ['writing\n', '\n'], 'changed'],
  ])('says what a refusal of the node %s means', async (_, lines, outcome) => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    node.on(upgrade, async function* () {
      for (const value of lines) yield { progress: { response: { case: 'message', value } } };
      throw new ServerStatus('failed-precondition', 'the disk is gone');
    });
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({ step: 'install', outcome });
    expect(error.message).toContain('the disk is gone');
    expect(cluster.journal.of(reboot)).toHaveLength(0);
  });

  it('does not reboot a node that refuses to tell whether its installer still runs', async () => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    node.on(upgrade, async function* () {
      yield { progress: { response: { case: 'message', value: 'writing\n' } } };
      node.fail(resourcesMethods.get, 'permission-denied');
      node.machine.dropConnections();
    });
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({
      step: 'wait for installer',
      outcome: 'unknown',
      hint: 'do not reboot the node before it has ended',
      cause: { status: 'permission-denied' },
    });
    expect(error.message).toContain('nobody can tell whether the installer still runs');
    expect(cluster.journal.of(reboot)).toHaveLength(0);
  });

  it('does not reboot a node whose installer goes on and on', async () => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    node.on(upgrade, async function* () {
      node.resources.put(servicePidKind, 'installer', installerProcess);
      yield { progress: { response: { case: 'message', value: 'writing\n' } } };
      node.machine.dropConnections();
    });
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({ step: 'wait for installer', outcome: 'unknown' });
    expect(error.message).toContain('waiting for the installer to end');
    expect(cluster.journal.of(reboot)).toHaveLength(0);
  });

  it('fails when the node comes back with what it ran before', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1', memory);
    node.on(upgrade, async function* () {
      yield { progress: { response: { case: 'exitCode', value: 0 } } };
    });
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({ step: 'verify', outcome: 'changed' });
    expect(error.message).toContain('the node came back with v1.14.0, not v1.14.1');
  });

  it('fails when the node comes back without the schematic of the image', async () => {
    const { target, parts, turnUntil } = await trackedNode('worker-1', memory);
    const request = { image: `factory.talos.dev/metal-installer/${schematic}:v1.14.1` };
    const error = await turnUntil(failureOf(upgradeNode(target, request, never, parts)));
    expect(error).toMatchObject({ step: 'verify', outcome: 'changed' });
    expect(error.message).toContain(`the node came back with none, not ${schematic}`);
  });

  it('upgrades a node before Talos 1.13 by its older call', async () => {
    const old = { ...memory, talosVersion: 'v1.12.4' };
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1', old);
    const request = { image: 'ghcr.io/siderolabs/installer:v1.13.0' };
    expect(await turnUntil(upgradeNode(target, request, never, parts))).toMatchObject({
      previousVersion: 'v1.12.4',
      version: 'v1.13.0',
    });
    expect(cluster.journal.of(upgradeLegacy)).toHaveLength(1);
    expect(cluster.journal.of(upgrade)).toHaveLength(0);
    expect(cluster.journal.of(reboot)).toHaveLength(0);
    expect(node.machine.boots).toBe(2);
  });
});

describe('upgradeNode of a control plane', () => {
  const three = { ...memory, controlPlanes: 3, workers: 0 };

  it('hands the leadership of etcd over, and waits until its member has caught up', async () => {
    const { cluster, target, parts, turnUntil } = await trackedNode('cp-1', three);
    const steps: string[] = [];
    const onProgress: UpgradeNodeOptions['onProgress'] = ({ type, step }) => {
      if (type === 'step') steps.push(step);
    };
    const running = upgradeNode(target, { image }, { ...never, onProgress }, parts);
    expect(await turnUntil(running)).toMatchObject({ version: 'v1.14.1' });
    expect(steps.at(-1)).toBe('wait for etcd');
    const forfeits = [...cluster.journal].filter(({ rpc }) => rpc.endsWith('ForfeitLeadership'));
    expect(forfeits.map(({ node }) => node)).toEqual(['cp-1']);
  });

  it.each<[string, (node: SimulatedNode) => void]>([
    ['another is down', (other) => other.kill()],
    ['another has an alarm', (other) => other.etcd.raiseAlarm('NOSPACE')],
  ])('is refused while %s, and nothing is done', async (_, harm) => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('cp-1', three);
    harm(cluster.node('cp-2'));
    const error = await turnUntil(failureOf(upgradeNode(target, { image }, never, parts)));
    expect(error).toMatchObject({ step: 'check', outcome: 'unchanged' });
    expect(error.message).toMatch(/etcd would not go on without the node: cp-2 /);
    expect(cluster.journal.of(imagesMethods.pull)).toHaveLength(0);
    expect(node.machine.boots).toBe(1);
  });

  it('is refused with two members, and done to the only one', async () => {
    const two = await trackedNode('cp-1', { ...three, controlPlanes: 2 });
    const refused = upgradeNode(two.target, { image }, never, two.parts);
    const error = await two.turnUntil(failureOf(refused));
    expect(error.message).toContain('of 2 members 2 are needed, and 1 would be left');
    const one = await trackedNode('cp-1', { ...three, controlPlanes: 1 });
    const done = upgradeNode(one.target, { image }, never, one.parts);
    expect(await one.turnUntil(done)).toMatchObject({ version: 'v1.14.1' });
  });

  it('is done all the same when the caller says so', async () => {
    const { cluster, target, parts, turnUntil } = await trackedNode('cp-1', three);
    cluster.node('cp-2').etcd.raiseAlarm('NOSPACE');
    const options = { ...never, etcd: 'ignore' } as const;
    const running = upgradeNode(target, { image }, options, parts);
    expect(await turnUntil(running)).toMatchObject({ version: 'v1.14.1' });
  });
});

describe('install', () => {
  it('waits for an installer that may still run, when what it said was cut short', async () => {
    const found = await trackedNode('cp-1', { workers: 0 });
    const { cluster, node, clock, parts, turnUntil } = found;
    let goneAt = Infinity;
    node.on(upgrade, async function* () {
      node.resources.put(servicePidKind, 'installer', installerProcess);
      clock.setTimer(60_000, () => {
        node.resources.remove(servicePidKind, 'installer');
        goneAt = clock.now();
      });
      yield { progress: { response: { case: 'message', value: 'writing\n' } } };
      yield { progress: { response: { case: 'message', value: 'still writing\n' } } };
    });
    node.truncate(upgrade, { replies: 1 });
    // Asked by its name, the node would pass the call on to itself, and make a status of the cut.
    const target = cluster.client();
    const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
    const setup = { name: 'upgradeNode', target, options: {}, defaultTimeoutMs: 600_000, parts };
    const running = runOperation<UpgradeStep, unknown>(setup, async (operation) => {
      operation.begin('install');
      const isSeen = await install(operation, target, image, containerd);
      return { isSeen, outcome: operation.outcome };
    });
    expect(await turnUntil(running)).toEqual({ isSeen: false, outcome: 'unknown' });
    expect(clock.now() - goneAt).toBeGreaterThanOrEqual(5_000);
  });
});
