import { expect, it } from 'vitest';
import { eventsMethods } from '../../../generated/features/events.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { noteBoot, takeDown } from '../../../src/fleet/flows/nodes/boot.js';
import type { NodeWork } from '../../../src/fleet/flows/nodes/node-steps.js';
import { runOperation } from '../../../src/operations/run/run-operation.js';
import { rebootAction } from '../../../src/operations/upgrading/actions.js';
import { turningCluster } from '../../support/turning.js';

it('asks again while a node does not tell its events, and reboots it once', async () => {
  const { cluster, parts, turnUntil } = await turningCluster({ controlPlanes: 1, workers: 1 });
  const worker = cluster.node('worker-1');
  const node = cluster.client().node(worker.address);
  const step = <T>(run: (work: NodeWork) => Promise<T>): Promise<T> => {
    const setup = { name: 'step', target: node, options: {}, defaultTimeoutMs: 3_600_000, parts };
    return turnUntil(
      runOperation<string, T>(setup, (operation) =>
        run({
          node,
          operation,
          attempt: {
            attempt: 1,
            previous: 'none',
            detail: undefined,
            signal: operation.signal,
            confirm: async () => {},
            heartbeat: async () => {},
          },
          confirm: async () => {},
          kubernetes: () => Promise.reject(new Error('nobody needs it')),
        }),
      ),
    );
  };
  const before = await step(noteBoot);
  worker.stall(eventsMethods.watch, { times: 2 });
  await step((work) => takeDown(work, before, rebootAction(node)));
  expect(worker.machine.boots).toBe(2);
  expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
});
