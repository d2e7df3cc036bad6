import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { resourcesMethods } from '../../generated/features/resources.js';
import { type ResetNodeRequest, reset } from '../../src/operations/reset/index.js';
import { failureOf } from '../support/feature-calls.js';
import { trackedNode } from './support/tracking.js';

const method = lifecycleMethods.reset;
const everything = { mode: 'SYSTEM_DISK', graceful: true, reboot: true } as const;

describe('over mTLS, reset', () => {
  it('finds a wiped node in maintenance, by a key that it did not have before', async () => {
    const { node, target, parts, turnUntil, asked } = await trackedNode('worker-1');
    const maintenance = { endpoint: node.endpoint };
    const result = await turnUntil(reset(target, everything, { maintenance }, parts));
    expect(result).toEqual({
      node: node.address,
      state: 'maintenance',
      endpoint: node.endpoint,
      fingerprint: await node.fingerprint(),
      isPinned: false,
    });
    expect(node.stage).toBe('MAINTENANCE');
    expect(asked(method)).toBe(1);
  });

  it('does not take a node for wiped that still has its key', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1');
    node.on(method, () => {
      const actorId = '5d9e3c1e-0000-4000-8000-000000000001';
      const value = { sequence: 'reset', action: 'START' } as const;
      node.events.emit({ case: 'sequence', value }, actorId);
      node.fail(resourcesMethods.get, 'unavailable');
      return { actorId };
    });
    const options = { maintenance: { endpoint: node.endpoint }, timeoutMs: 60_000 };
    const error = await turnUntil(failureOf(reset(target, everything, options, parts)));
    expect(error).toMatchObject({ step: 'boot', outcome: 'changed' });
    expect(error.message).toContain('gave up after 60000 ms');
  });

  it('asks a machine for its stage when its key is pinned, and none with another key', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1');
    const fingerprints = ['KY9s3MZYYjoptsNcSOEgwHfvpEqvgSAnVwg6ZYSRY5w='];
    const maintenance = { endpoint: node.endpoint, fingerprints };
    const options = { maintenance, timeoutMs: 60_000 };
    const error = await turnUntil(failureOf(reset(target, everything, options, parts)));
    expect(error).toMatchObject({ step: 'boot', outcome: 'changed' });
    expect(error.message).toContain('waiting for the machine to answer in maintenance');
    expect(node.stage).toBe('MAINTENANCE');
  });

  it('whose reply is lost is not sent again', async () => {
    const { node, target, parts, turnUntil, asked } = await trackedNode('worker-1');
    node.drop(method, { when: 'after', times: 1 });
    const maintenance = { endpoint: node.endpoint };
    const result = await turnUntil(reset(target, everything, { maintenance }, parts));
    expect(result).toMatchObject({ state: 'maintenance' });
    expect(asked(method)).toBe(1);
  });

  it('that never reached the node changed nothing', async () => {
    const { node, target, parts, turnUntil, asked } = await trackedNode('worker-1');
    node.drop(method, { when: 'before', times: 1 });
    const maintenance = { endpoint: node.endpoint };
    const error = await turnUntil(failureOf(reset(target, everything, { maintenance }, parts)));
    expect(error).toMatchObject({ step: 'stop', outcome: 'unchanged' });
    expect(node.stage).toBe('RUNNING');
    expect(asked(method)).toBe(1);
  });

  it('keeps who the node is when its configuration stays', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1');
    const previousBootId = node.bootId;
    const request = { ...everything, systemPartitions: ['EPHEMERAL'] };
    expect(await turnUntil(reset(target, request, {}, parts))).toEqual({
      node: node.address,
      state: 'rebooted',
      previousBootId,
      bootId: node.bootId,
    });
  });

  it('turns the node off when it is not to boot again', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1');
    const request = { ...everything, reboot: false };
    const result = await turnUntil(reset(target, request, {}, parts));
    expect(result).toEqual({ node: node.address, state: 'off' });
    expect(node.isOn).toBe(false);
  });

  it('says when the node comes back as it was', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1');
    node.on(method, () => {
      node.kill();
      node.powerOn();
      return { actorId: '5d9e3c1e-0000-4000-8000-000000000001' };
    });
    const maintenance = { endpoint: node.endpoint };
    const error = await turnUntil(failureOf(reset(target, everything, { maintenance }, parts)));
    expect(error).toMatchObject({ outcome: 'changed' });
    expect(error.message).toContain('it was not wiped');
  });
});

describe('reset', () => {
  it.each<[string, object]>([
    ['mode', { graceful: true, reboot: true }],
    ['graceful', { mode: 'ALL', reboot: true }],
    ['reboot', { mode: 'ALL', graceful: false }],
    ['systemPartitions', { ...everything, systemPartitions: [] }],
    ['systemPartitions', { ...everything, mode: 'USER_DISKS', systemPartitions: ['STATE'] }],
    ['userDisks', { ...everything, mode: 'USER_DISKS' }],
    ['userDisks', { ...everything, userDisks: ['/dev/sdb'] }],
    ['wipe', { ...everything, wipe: true }],
  ])('refuses a request by its field %s before anything is sent', async (field, request) => {
    const { cluster, target, asked } = await trackedNode('worker-1', { transport: 'memory' });
    const error = await failureOf(reset(target, request as ResetNodeRequest));
    expect(error).toMatchObject({ code: 'config', field });
    expect(asked(method)).toBe(0);
    expect(cluster.journal.calls).toHaveLength(0);
  });
});
