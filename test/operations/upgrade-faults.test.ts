import { describe, expect, it } from 'vitest';
import { imagesMethods } from '../../generated/features/images.js';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { systemMethods } from '../../generated/features/system.js';
import {
  type UpgradeNodeOptions,
  type UpgradeStep,
  upgradeNode,
} from '../../src/operations/upgrade-node/index.js';
import { installation } from '../../testkit/src/topics/system/installation.js';
import { failureOf } from '../support/feature-calls.js';
import { trackedNode } from './support/tracking.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';
const { upgrade, reboot } = lifecycleMethods;

/** A worker over mTLS that is upgraded, without draining unless the options say so. */
async function start() {
  const found = await trackedNode('worker-1');
  const { target, parts, turnUntil, asked } = found;
  const run = (options: UpgradeNodeOptions = {}) =>
    turnUntil(upgradeNode(target, { image }, { drain: 'never', ...options }, parts));
  const counts = () => ({ installers: asked(upgrade), reboots: asked(reboot) });
  return { ...found, run, counts };
}

const at =
  (step: UpgradeStep, run: () => void): UpgradeNodeOptions['onProgress'] =>
  (progress) => {
    if (progress.type === 'step' && progress.step === step) run();
  };

describe('over mTLS, an upgrade', () => {
  it('whose installer was never reached reboots once, and says that it did not come to its end', async () => {
    const { node, run, counts } = await start();
    node.drop(upgrade, { when: 'before', times: 1 });
    const error = await failureOf(run());
    expect(error).toMatchObject({
      step: 'verify',
      hint: expect.stringContaining('did not come to'),
    });
    expect(counts()).toEqual({ installers: 1, reboots: 1 });
  });

  it('whose installer ended unheard is done, and it ran once', async () => {
    const { node, run, counts } = await start();
    node.on(upgrade, async function* () {
      node.machine.state(installation).upgrade('v1.14.1');
      yield { progress: { response: { case: 'message', value: 'done\n' } } };
      node.machine.dropConnections();
    });
    expect(await run()).toMatchObject({ version: 'v1.14.1' });
    expect(counts()).toEqual({ installers: 1, reboots: 1 });
  });

  it('whose reboot is answered by nobody reboots once', async () => {
    const { node, run, counts } = await start();
    node.drop(reboot, { when: 'after', times: 1 });
    expect(await run()).toMatchObject({ version: 'v1.14.1' });
    expect(counts()).toEqual({ installers: 1, reboots: 1 });
    expect(node.machine.boots).toBe(2);
  });

  it('whose pull loses its connection goes on with another', async () => {
    const { node, run, counts } = await start();
    node.drop(imagesMethods.pull, { when: 'before', times: 1 });
    expect(await run()).toMatchObject({ version: 'v1.14.1' });
    expect(counts()).toEqual({ installers: 1, reboots: 1 });
  });

  it('to an image that nobody has ends before anything is done', async () => {
    const { cluster, run, counts } = await start();
    cluster.registry.withdraw(image);
    const error = await failureOf(run());
    expect(error).toMatchObject({
      step: 'pull',
      outcome: 'unchanged',
      cause: { status: 'not-found' },
    });
    expect(counts()).toEqual({ installers: 0, reboots: 0 });
  });

  it('of a node that answers slowly is done', async () => {
    const { node, run } = await start();
    node.delay(systemMethods.version, 4_000);
    expect(await run()).toMatchObject({ version: 'v1.14.1' });
  });

  it('is refused to a reader before anything is done', async () => {
    const { cluster, node, parts, turnUntil, counts } = await start();
    const reader = cluster.client({ role: 'os:reader' }).node(node.address);
    const running = failureOf(upgradeNode(reader, { image }, { drain: 'never' }, parts));
    const error = await turnUntil(running);
    expect(error).toMatchObject({ step: 'pull', outcome: 'unchanged' });
    expect(counts()).toEqual({ installers: 0, reboots: 0 });
  });

  it('of a node that dies while it boots says what it waited for', async () => {
    const { node, run, counts } = await start();
    const onProgress = at('boot', () => node.kill());
    const error = await failureOf(run({ onProgress, timeoutMs: 120_000 }));
    expect(error).toMatchObject({ step: 'boot', outcome: 'changed' });
    expect(counts()).toEqual({ installers: 1, reboots: 1 });
  });

  it.each<UpgradeStep>(['look', 'pull', 'install', 'stop'])(
    'that its caller ends at the step %s ends with the reason of the caller',
    async (step) => {
      const { run, counts } = await start();
      const caller = new AbortController();
      const reason = new Error('enough');
      const onProgress = at(step, () => queueMicrotask(() => caller.abort(reason)));
      await expect(run({ onProgress, signal: caller.signal })).rejects.toBe(reason);
      const { installers, reboots } = counts();
      expect(reboots).toBe(step === 'stop' ? 1 : 0);
      expect(installers).toBeLessThanOrEqual(step === 'look' || step === 'pull' ? 0 : 1);
    },
  );
});
