import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { type ShutdownOptions, shutdown } from '../../src/operations/shutdown/index.js';
import { failureOf } from '../support/feature-calls.js';
import { trackedNode } from './support/tracking.js';

const method = lifecycleMethods.shutdown;

describe('over mTLS, shutdown', () => {
  it('ends when the node is off', async () => {
    const { node, target, parts, turnUntil, asked } = await trackedNode('worker-1');
    const steps: string[] = [];
    const onProgress: ShutdownOptions['onProgress'] = ({ type, step }) => {
      if (type === 'step') steps.push(step);
    };
    const running = shutdown(target, { onProgress }, parts);
    expect(await turnUntil(running)).toEqual({ node: node.address });
    expect(node.isOn).toBe(false);
    expect(asked(method)).toBe(1);
    expect(steps).toEqual(['look', 'send', 'stop', 'boot']);
  });

  it('is not sent again when its reply is lost', async () => {
    const { node, target, parts, turnUntil, asked } = await trackedNode('worker-1');
    node.drop(method, { when: 'after', times: 1 });
    await turnUntil(shutdown(target, {}, parts));
    expect(node.isOn).toBe(false);
    expect(asked(method)).toBe(1);
  });

  it('that never reached the node changed nothing', async () => {
    const { node, target, parts, turnUntil, asked } = await trackedNode('worker-1');
    node.drop(method, { when: 'before', times: 1 });
    const error = await turnUntil(failureOf(shutdown(target, {}, parts)));
    expect(error).toMatchObject({ code: 'operation', step: 'stop', outcome: 'unchanged' });
    expect(node.isOn).toBe(true);
    expect(asked(method)).toBe(1);
  });

  it('says when the node is turned on again behind its back', async () => {
    const { node, target, parts, turnUntil } = await trackedNode('worker-1');
    const running = failureOf(shutdown(target, {}, parts));
    const off = node.until(() => !node.isOn).then(() => node.powerOn());
    const error = await turnUntil(running);
    await off;
    expect(error).toMatchObject({ outcome: 'changed' });
    expect(error.message).toContain('the node is up again, in another boot');
  });

  it('is refused to a reader, and by options that it does not have', async () => {
    const { cluster, node, target, parts, turnUntil } = await trackedNode('worker-1');
    const reader = cluster.client({ role: 'os:reader' }).node(node.address);
    expect(await turnUntil(failureOf(shutdown(reader, {}, parts)))).toMatchObject({
      step: 'send',
      outcome: 'unchanged',
    });
    const wrong = { forced: true } as ShutdownOptions;
    expect(await failureOf(shutdown(target, wrong))).toMatchObject({ code: 'config' });
  });
});
