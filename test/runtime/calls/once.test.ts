import { expect, it } from 'vitest';
import { systemMethods } from '../../../generated/features/system.js';
import { callUnary } from '../../../src/runtime/call.js';
import type { AnyMethod, Method } from '../../../src/runtime/method.js';
import { serverMethods } from '../../../testkit/generated/methods.js';
import { lenient } from '../../support/all-methods.js';
import { startCluster } from '../../testkit/support.js';

type Unary = Method<'unary', object, unknown>;

const unary = serverMethods
  .map(({ method }) => method as AnyMethod)
  .filter(({ kind, path }) => kind === 'unary' && !path.startsWith('/securityapi.')) as Unary[];

// Nobody knows whether an action ran whose answer got lost: it is the caller's to find out.
it.each([
  // The endpoint answers for the node that it lost, and so the call has an answer.
  ['its node is lost to the endpoint, no call is made again', true, 1],
  ['the endpoint itself is lost, only what reads is made again', false, 2],
])('when %s', async (_, named, reads) => {
  const cluster = await startCluster({ transport: 'tls' });
  const node = cluster.node('cp-1');
  const talos = cluster.client();
  const target = named ? talos.node(node.address) : talos;
  const ran: Record<string, string[]> = { read: [], idempotent: [], unsafe: [] };
  for (const method of unary) {
    let times = 0;
    node.on(
      method as never,
      (() => {
        times += 1;
        return {};
      }) as never,
    );
    const restore = node.drop(method as never, { when: 'after' });
    await expect(callUnary(target, lenient(method), {}), method.path).rejects.toMatchObject({
      status: 'unavailable',
      outcome: 'unknown',
    });
    restore();
    ran[method.idempotency]?.push(`${method.path} ${times}`);
    // Otherwise the endpoint would be left alone for failing several times in a row.
    await expect.poll(() => callUnary(talos, systemMethods.version, {})).toBeDefined();
  }
  const each = (idempotency: string, times: number) =>
    unary
      .filter((method) => method.idempotency === idempotency)
      .map(({ path }) => `${path} ${times}`);
  expect(ran).toEqual({
    read: each('read', reads),
    idempotent: each('idempotent', 1),
    unsafe: each('unsafe', 1),
  });
});

it('what wipes, restarts, removes or replaces something counts as acting', () => {
  const rest = serverMethods
    .map(({ method }) => method as AnyMethod)
    .filter(({ idempotency }) => idempotency !== 'unsafe')
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  const acting =
    /Boot|^Reset|Shutdown|Rollback|Upgrade|Install|Apply|Restart|Remove|Leave|Recover|Wipe|Destroy|Delete|Defragment|Enable|Import|Create|Update|Run$|Teardown/;
  expect(rest.filter((name) => acting.test(name))).toEqual([]);
  expect(serverMethods.length - rest.length).toBe(30);
});
