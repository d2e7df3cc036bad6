import { expect, it } from 'vitest';
import { serverMethods } from '../../../generated/server/methods.js';
import { callUnary } from '../../../src/runtime/call.js';
import type { AnyMethod, Method } from '../../../src/runtime/method.js';
import { lenient } from '../../support/all-methods.js';
import { startCluster } from '../../testkit/support.js';

type Unary = Method<'unary', object, unknown>;

const unary = serverMethods
  .map(({ method }) => method as AnyMethod)
  .filter(({ kind, path }) => kind === 'unary' && !path.startsWith('/securityapi.')) as Unary[];

// Nobody knows whether an action ran whose answer got lost: it is the caller's to find out.
it('a call that acts reaches the node once though its answer is lost, one that reads is made again', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const node = cluster.node('cp-1');
  const talos = cluster.client();
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
    node.drop(method as never, { when: 'after' });
    await expect(callUnary(talos, lenient(method), {}), method.path).rejects.toMatchObject({
      status: 'unavailable',
    });
    ran[method.idempotency]?.push(`${method.path} ${times}`);
  }
  const each = (idempotency: string, times: number) =>
    unary
      .filter((method) => method.idempotency === idempotency)
      .map(({ path }) => `${path} ${times}`);
  expect(ran).toEqual({
    read: each('read', 2),
    idempotent: each('idempotent', 2),
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
