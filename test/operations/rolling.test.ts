import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { type RollingOptions, rolling } from '../../src/operations/rolling/index.js';
import {
  type RollingRebootOptions,
  rollingReboot,
} from '../../src/operations/rolling-reboot/index.js';
import { rollingUpgrade } from '../../src/operations/rolling-upgrade/index.js';
import { TalosOperationError } from '../../src/runtime/errors/operation-error.js';
import type { TalosNode } from '../../src/runtime/target.js';
import { failureOf } from '../support/feature-calls.js';
import { turningCluster } from '../support/turning.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';

/** A cluster in memory that ends with the test, and its nodes, workers first. */
async function start(controlPlanes = 3, workers = 3) {
  const turning = await turningCluster({ controlPlanes, workers });
  const { cluster } = turning;
  const talos = cluster.client();
  const addresses = cluster.nodes.map(({ address }) => address).reverse();
  const nodes = talos.nodes(addresses);
  const nameOf = (address: string): string => cluster.node(address).name;
  return { ...turning, talos, nodes, nameOf };
}

describe('rolling', () => {
  it('takes control planes one at a time, then workers in waves', async () => {
    const { nodes, nameOf, parts, turnUntil } = await start();
    const open = new Set<string>();
    const seen: string[][] = [];
    const step = async (node: TalosNode): Promise<string> => {
      open.add(nameOf(node.address));
      await new Promise((resolve) => setImmediate(resolve));
      seen.push([...open]);
      await new Promise((resolve) => setImmediate(resolve));
      open.delete(nameOf(node.address));
      return nameOf(node.address);
    };
    const { plan, done } = await turnUntil(rolling(nodes, step, { waveSize: 2 }, parts));
    expect(plan.map((wave) => wave.map(({ address }) => nameOf(address)))).toEqual([
      ['cp-3'],
      ['cp-2'],
      ['cp-1'],
      ['worker-3', 'worker-2'],
      ['worker-1'],
    ]);
    expect(plan[0]?.[0]).toMatchObject({ type: 'controlplane', version: 'v1.14.0' });
    expect(done.map(({ result }) => result)).toHaveLength(6);
    expect(seen.map((names) => names.join(' '))).toEqual([
      ...['cp-3', 'cp-2', 'cp-1'],
      ...['worker-3 worker-2', 'worker-3 worker-2', 'worker-1'],
    ]);
  });

  it('gives the plan alone with dryRun', async () => {
    const { nodes, parts, turnUntil } = await start(1, 1);
    const step = (): never => {
      throw new Error('must not be called');
    };
    const { plan, done } = await turnUntil(rolling(nodes, step, { dryRun: true }, parts));
    expect(plan.flat()).toHaveLength(2);
    expect(done).toEqual([]);
  });

  it('stops at the first failure, and says which nodes are done and which were not begun', async () => {
    const { nodes, nameOf, parts, turnUntil } = await start();
    const problem = new Error('no power');
    const step = async ({ address }: TalosNode): Promise<void> => {
      if (nameOf(address) === 'worker-3') throw problem;
    };
    const running = failureOf(rolling(nodes, step, { waveSize: 2 }, parts));
    const error = (await turnUntil(running)) as TalosOperationError;
    expect(error).toMatchObject({ operation: 'rolling', step: 'roll', cause: problem });
    expect(nameOf(error.node ?? '')).toBe('worker-3');
    // The other of the wave is through.
    expect(error.done.map(nameOf)).toEqual(['cp-3', 'cp-2', 'cp-1', 'worker-2']);
    expect(error.left.map(nameOf)).toEqual(['worker-1']);
    expect(error.outcome).toBe('unknown');
  });

  it('changed nothing when the first node refuses', async () => {
    const { nodes, parts, turnUntil } = await start(1, 1);
    const failure = { operation: 'reboot', step: 'send', outcome: 'unchanged' } as const;
    const step = () => Promise.reject(new TalosOperationError('refused', failure));
    const error = await turnUntil(failureOf(rolling(nodes, step, {}, parts)));
    expect(error).toMatchObject({ outcome: 'unchanged', done: [] });
  });

  it('takes no control plane while etcd would not go on, and says so', async () => {
    const { cluster, nodes, nameOf, parts, turnUntil } = await start();
    const taken: string[] = [];
    const step = async ({ address }: TalosNode): Promise<void> => {
      taken.push(nameOf(address));
    };
    const onProgress: RollingOptions['onProgress'] = (progress) => {
      if (progress.type !== 'step' || progress.step !== 'check etcd') return;
      if (nameOf(progress.node ?? '') === 'cp-2') cluster.node('cp-1').etcd.raiseAlarm('NOSPACE');
    };
    const error = await turnUntil(failureOf(rolling(nodes, step, { onProgress }, parts)));
    expect(taken).toEqual(['cp-3']);
    expect(error).toMatchObject({ step: 'check etcd', outcome: 'changed' });
    expect((error as TalosOperationError).done.map(nameOf)).toEqual(['cp-3']);
    expect((error as TalosOperationError).left).toHaveLength(5);
    expect(error.message).toContain('cp-1 has the alarm NOSPACE');
  });

  it('begins with nothing when a node does not answer', async () => {
    const { cluster, nodes, parts, turnUntil } = await start(1, 2);
    const { address } = cluster.node('worker-2');
    cluster.node('worker-2').kill();
    const step = (): never => {
      throw new Error('must not be called');
    };
    const error = await turnUntil(failureOf(rolling(nodes, step, {}, parts)));
    expect(error).toMatchObject({ step: 'plan', outcome: 'unchanged', node: address });
  });

  it('names what is done when its time is over, and when its caller ends it', async () => {
    const { nodes, nameOf, parts, turnUntil } = await start(1, 2);
    const step = ({ address }: TalosNode, { signal }: { readonly signal: AbortSignal }) =>
      nameOf(address) === 'cp-1'
        ? Promise.resolve()
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
    const late = failureOf(rolling(nodes, step, { timeoutMs: 60_000 }, parts));
    const error = (await turnUntil(late)) as TalosOperationError;
    expect(error.message).toContain('gave up after 60000 ms');
    expect(error.done.map(nameOf)).toEqual(['cp-1']);
    expect(error.left.map(nameOf)).toEqual(['worker-1']);
    const caller = new AbortController();
    const reason = new Error('enough');
    const onProgress: RollingOptions['onProgress'] = ({ node }) => {
      if (node !== undefined && nameOf(node) === 'worker-2') caller.abort(reason);
    };
    const ended = rolling(nodes, step, { onProgress, signal: caller.signal }, parts);
    await expect(turnUntil(ended)).rejects.toBe(reason);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['nodes', () => rolling([], async () => {})],
    ['nodes', () => rolling('10.5.0.2' as never, async () => {})],
    ['target', () => rolling(['10.5.0.2'] as never, async () => {})],
    ['step', () => rolling([], undefined as never)],
    ['waves', () => rolling([], async () => {}, { waves: 2 } as never)],
  ])('refuses a wrong argument by the name %s', async (field, run) => {
    expect(await failureOf(run())).toMatchObject({ code: 'config', field });
  });

  it('refuses waves of no nodes', async () => {
    const { nodes, parts, turnUntil } = await start(1, 1);
    const running = failureOf(rolling(nodes, async () => {}, { waveSize: 0 }, parts));
    expect(await turnUntil(running)).toMatchObject({ code: 'config', field: 'waveSize' });
  });
});

describe('rollingReboot', () => {
  it('reboots every node once, and tells the steps of each with its address', async () => {
    const { cluster, nodes, parts, turnUntil } = await start(3, 2);
    const ready = new Set<string | undefined>();
    const { done } = await turnUntil(
      rollingReboot(
        nodes,
        {
          drain: 'never',
          waveSize: 2,
          onProgress: (progress) => {
            if (progress.type === 'step' && progress.step === 'ready') ready.add(progress.node);
          },
        },
        parts,
      ),
    );
    expect(done).toHaveLength(5);
    expect(cluster.nodes.map(({ machine }) => machine.boots)).toEqual([2, 2, 2, 2, 2]);
    expect(ready).toEqual(new Set(cluster.nodes.map(({ address }) => address)));
    // Never two control planes at once: each was asked when the one before was back.
    const asked = cluster.journal.of(lifecycleMethods.reboot).map(({ node }) => node);
    expect(asked.slice(0, 3)).toEqual(['cp-3', 'cp-2', 'cp-1']);
  });

  it.each<[string, RollingRebootOptions]>([
    ['waveSize', { waveSize: 1.5 }],
    ['drainTimeoutMs', { drainTimeoutMs: 0 }],
  ])('refuses a wrong %s before any node is asked', async (field, options) => {
    const { cluster, nodes, parts, turnUntil } = await start(1, 1);
    const error = await turnUntil(failureOf(rollingReboot(nodes, options, parts)));
    expect(error).toMatchObject({ code: 'config', field });
    expect([...cluster.journal]).toEqual([]);
  });
});

describe('rollingUpgrade', () => {
  it('upgrades every node, and does nothing when run again', async () => {
    const { cluster, nodes, parts, turnUntil } = await start(3, 1);
    const run = () => turnUntil(rollingUpgrade(nodes, { image }, { drain: 'never' }, parts));
    const { done } = await run();
    expect(done.map(({ result }) => result.version)).toEqual(Array(4).fill('v1.14.1'));
    expect(cluster.nodes.map((node) => node.talosVersion)).toEqual(Array(4).fill('v1.14.1'));
    const again = await run();
    expect(again.done.map(({ result }) => result.upgraded)).toEqual(Array(4).fill(false));
    expect(cluster.journal.of(lifecycleMethods.upgrade)).toHaveLength(4);
    expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(4);
  });

  it('refuses a release that is too far for one of the nodes before it begins', async () => {
    const { cluster, nodes, parts, turnUntil } = await start(1, 1);
    const far = { image: 'ghcr.io/siderolabs/installer:v1.17.0' };
    const error = await turnUntil(failureOf(rollingUpgrade(nodes, far, { drain: 'never' }, parts)));
    expect(error).toMatchObject({ code: 'config', field: 'image' });
    expect(cluster.journal.of(lifecycleMethods.upgrade)).toHaveLength(0);
  });

  it('stops when a node comes back with what it ran before', async () => {
    const { cluster, nodes, nameOf, parts, turnUntil } = await start(3, 1);
    cluster.node('cp-2').on(lifecycleMethods.upgrade, async function* () {
      yield { progress: { response: { case: 'exitCode', value: 0 } } };
    });
    const error = (await turnUntil(
      failureOf(rollingUpgrade(nodes, { image }, { drain: 'never' }, parts)),
    )) as TalosOperationError;
    expect(error).toMatchObject({ operation: 'rollingUpgrade', outcome: 'changed' });
    expect(error.message).toContain('the node came back with v1.14.0');
    expect([nameOf(error.node ?? ''), error.done.map(nameOf), error.left.map(nameOf)]).toEqual([
      'cp-2',
      ['cp-3'],
      ['cp-1', 'worker-1'],
    ]);
  });
});
