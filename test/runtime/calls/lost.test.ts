import { describe, expect, it } from 'vitest';
import { lifecycle, lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { failure, startCluster, transports } from '../../testkit/support.js';

/** A client with a connection to each of its endpoints. */
async function connected(transport: (typeof transports)[number], controlPlanes: number) {
  const cluster = await startCluster({ controlPlanes, transport });
  const talos = cluster.client();
  for (const _ of cluster.nodes) await system(talos).version();
  return { cluster, talos };
}

// The memory transport of the testkit goes by the same rules.
describe.each(transports)(
  'a call whose connection breaks before the answer, over %s',
  (transport) => {
    it.each([1, 2])(
      'is made again over a new one when it only reads: %i endpoints',
      async (count) => {
        const { cluster, talos } = await connected(transport, count);
        for (const node of cluster.nodes) node.drop(systemMethods.hostname, { times: 1 });
        expect((await system(talos).hostname()).hostname).toMatch(/^cp-/);
        const outcomes = cluster.journal.of(systemMethods.hostname).map(({ outcome }) => outcome);
        expect(outcomes.at(-1)).toBe('ok');
        expect(outcomes.slice(0, -1)).toEqual(cluster.nodes.map(() => 'lost'));
      },
    );

    it('fails when the new connections break, too', async () => {
      const { cluster, talos } = await connected(transport, 1);
      cluster.node('cp-1').drop(systemMethods.hostname);
      const error = await failure(system(talos).hostname());
      expect(error).toMatchObject({ code: 'rpc', status: 'unavailable' });
      expect(error.message).not.toContain('did not get through');
      expect(cluster.journal.of(systemMethods.hostname)).toHaveLength(2);
    });

    it('is not made again when it acts, and nobody is told that it did not get through', async () => {
      const { cluster, talos } = await connected(transport, 1);
      const node = cluster.node('cp-1');
      node.on(lifecycleMethods.reboot, () => ({ actorId: 'a' }));
      node.drop(lifecycleMethods.reboot, { times: 1 });
      const error = await failure(lifecycle(talos).reboot({ mode: 'DEFAULT' }));
      expect(error).toMatchObject({ code: 'rpc', status: 'unavailable' });
      expect(error.message).toMatch(/broke|error reading from server: EOF/);
      expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
    });

    it('is made again although it acts when the node says that it was not looked at', async () => {
      const { cluster, talos } = await connected(transport, 1);
      const node = cluster.node('cp-1');
      let ran = 0;
      node.on(lifecycleMethods.reboot, () => {
        ran += 1;
        return { actorId: 'a' };
      });
      node.reset(lifecycleMethods.reboot, { code: 'REFUSED_STREAM', times: 1 });
      await lifecycle(talos).reboot({ mode: 'DEFAULT' });
      expect(ran).toBe(1);
    });
  },
);
