const { createTalosClient, plaintext, TalosConfigError } = require('talos-client');
const { etcd } = require('talos-client/etcd');
const { simulateCluster } = require('talos-client-testkit');

test('the package works in Jest', async () => {
  expect(() => createTalosClient()).toThrow(TalosConfigError);
  const talos = createTalosClient({ endpoints: ['127.0.0.1:9'], credentials: plaintext() });
  expect(typeof etcd(talos).memberList).toBe('function');
  await talos.close();
  const cluster = await simulateCluster();
  const { members } = await etcd(cluster.client()).memberList();
  expect(members.length).toBe(1);
  await cluster.close();
});
