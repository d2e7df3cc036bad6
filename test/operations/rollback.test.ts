import { describe, expect, it } from 'vitest';
import { lifecycle, lifecycleMethods } from '../../generated/features/lifecycle.js';
import { rollback } from '../../src/operations/rollback/index.js';
import { failureOf } from '../support/feature-calls.js';
import { trackedNode } from './support/tracking.js';

const method = lifecycleMethods.rollback;

/** A worker that was upgraded to v1.14.1. */
async function upgraded() {
  const found = await trackedNode('worker-1');
  const { node, target, turnUntil } = found;
  const image = 'ghcr.io/siderolabs/installer:v1.14.1';
  await turnUntil(lifecycle(target).upgradeLegacy({ image }));
  const isUp = () => node.talosVersion === 'v1.14.1' && node.stage === 'RUNNING';
  await turnUntil(node.until(isUp));
  return found;
}

describe('over mTLS, rollback', () => {
  it('ends when the node runs what it ran before its upgrade', async () => {
    const { node, target, parts, turnUntil, asked } = await upgraded();
    const previousBootId = node.bootId;
    expect(await turnUntil(rollback(target, { drain: 'never' }, parts))).toEqual({
      node: node.address,
      previousVersion: 'v1.14.1',
      version: 'v1.14.0',
      previousBootId,
      bootId: node.bootId,
      drained: { drained: false, reason: 'not wanted' },
    });
    expect(asked(method)).toBe(1);
  });

  it('is not sent again when its reply is lost, which would roll forward', async () => {
    const { node, target, parts, turnUntil, asked } = await upgraded();
    node.drop(method, { when: 'after', times: 1 });
    const { version } = await turnUntil(rollback(target, { drain: 'never' }, parts));
    expect(version).toBe('v1.14.0');
    expect(asked(method)).toBe(1);
  });

  it('that never reached the node has an unknown outcome: the next boot may be either', async () => {
    const { node, target, parts, turnUntil, asked } = await upgraded();
    node.drop(method, { when: 'before', times: 1 });
    const error = await turnUntil(failureOf(rollback(target, { drain: 'never' }, parts)));
    expect(error).toMatchObject({ code: 'operation', step: 'stop', outcome: 'unknown' });
    expect(node.talosVersion).toBe('v1.14.1');
    expect(asked(method)).toBe(1);
  });

  it('is refused by a node that has nothing to go back to', async () => {
    const { target, parts, turnUntil } = await trackedNode('worker-1');
    const error = await turnUntil(failureOf(rollback(target, { drain: 'never' }, parts)));
    expect(error).toMatchObject({ step: 'send', outcome: 'unchanged' });
  });
});
