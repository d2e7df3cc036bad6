import { simulateCluster } from 'talos-client-testkit';
import { expect, it } from 'vitest';
import { system } from '../../generated/features/system.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { freshTarget } from '../../src/runtime/fresh-target.js';
import { FakeTransport } from '../support/fake-transport.js';

it.each(['memory', 'tls'] as const)(
  'a fresh target over %s outlives its client',
  async (transport) => {
    await using cluster = await simulateCluster({ workers: 1, transport });
    const talos = cluster.client();
    const node = talos.node(cluster.node('worker-1').address);
    await using fresh = freshTarget(node);
    expect(fresh.address).toBe(node.address);
    await talos.close();
    expect(await system(fresh).hostname()).toEqual({ hostname: 'worker-1' });
    await fresh.close();
    await expect(system(fresh).hostname()).rejects.toMatchObject({ code: 'closed' });
  },
);

it('is refused where the transport has no siblings', () => {
  const talos = createTalosClient({ transport: new FakeTransport() });
  expect(() => freshTarget(talos.node('10.0.0.2'))).toThrow(/has no siblings/);
  expect(() => talos.sibling()).toThrow(/has no siblings/);
});
