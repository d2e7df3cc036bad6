import { describe, expect, it } from 'vitest';
import { systemMethods } from '../../../generated/features/system.js';
import {
  callClientStream,
  callDuplex,
  callServerStream,
  callUnary,
} from '../../../src/runtime/call.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { AnyMethod } from '../../../src/runtime/method.js';
import type { Target } from '../../../src/runtime/target.js';
import { serverMethods } from '../../../testkit/generated/methods.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { lenient } from '../../support/all-methods.js';
import { collected, startCluster, transports } from '../../testkit/support.js';

const methods = serverMethods.map(({ method }) => method as AnyMethod);

/** Calls any RPC, with requests that say nothing; uploads come from a factory. */
async function call(target: Target, method: AnyMethod): Promise<unknown> {
  const any = lenient(method) as never;
  const requests = () => [method.wrap === 'bytes' ? new Uint8Array(1) : {}] as never[];
  switch (method.kind) {
    case 'unary':
      return callUnary(target, any, {});
    case 'server-stream':
      return collected(callServerStream(target, any, {}));
    case 'client-stream':
      return callClientStream(target, any, requests);
    case 'duplex':
      return collected(callDuplex(target, any, requests));
  }
}

/** What answers each RPC now. */
const handlers = new Map<AnyMethod, unknown>();

/** Has a node answer any RPC with nothing, and counts how often the action ran. */
function count(node: SimulatedNode, method: AnyMethod): { ran: number } {
  const state = { ran: 0 };
  const one = method.unwrap === 'bytes' ? new Uint8Array(1) : {};
  const run = async (requests: AsyncIterable<unknown>) => {
    if (method.kind === 'client-stream' || method.kind === 'duplex') {
      for await (const _ of requests);
    }
    state.ran += 1;
    return one;
  };
  const streams = method.kind === 'server-stream' || method.kind === 'duplex';
  async function* replies(requests: AsyncIterable<unknown>) {
    yield await run(requests);
  }
  const handler = (_: unknown, requests: AsyncIterable<unknown>) =>
    streams ? replies(requests) : run(requests);
  handlers.set(method, handler);
  node.on(method as never, handler as never);
  return state;
}

async function* yielding(run: () => Promise<void>): AsyncGenerator<void> {
  yield await run();
}

/** What a call loses, and how often each class of RPC may come to the node for it. */
const faults = {
  'is not sent': (node: SimulatedNode, method: AnyMethod) =>
    node.reset(method, { code: 'REFUSED_STREAM', times: 1 }),
  'is lost before it ran': (node: SimulatedNode, method: AnyMethod) => {
    if (method.kind === 'unary' || method.kind === 'server-stream') {
      return node.drop(method, { when: 'before', times: 1 });
    }
    // An upload is lost once it is there: the handler reads it, and does nothing.
    node.on(
      method as never,
      ((_: unknown, requests: AsyncIterable<unknown>) => {
        node.on(method as never, handlers.get(method) as never);
        const lose = async () => {
          for await (const _ of requests);
          node.machine.dropConnections();
          await new Promise(() => {});
        };
        return method.kind === 'client-stream' ? lose() : yielding(lose);
      }) as never,
    );
    return () => {};
  },
  'is lost after it ran': (node: SimulatedNode, method: AnyMethod) =>
    node.drop(method, { when: 'after', times: 1 }),
};

const cases = transports.flatMap((transport) =>
  (Object.keys(faults) as (keyof typeof faults)[]).flatMap((fault) =>
    (['the endpoint', 'a node behind it'] as const).map((place) => ({ transport, fault, place })),
  ),
);

describe.each(cases)(
  'every RPC that $fault at $place, over $transport,',
  ({ transport, ...of }) => {
    it('is answered if it reads, and runs once at most if it acts', async () => {
      const cluster = await startCluster({ transport, controlPlanes: 1, workers: 0 });
      const node = cluster.node('cp-1');
      const clients = { apid: cluster.client(), trustd: cluster.client({ daemon: 'trustd' }) };
      const behind = of.place !== 'the endpoint';
      const wrong: string[] = [];
      for (const method of methods) {
        const talos = method.path.startsWith('/securityapi.') ? clients.trustd : clients.apid;
        const named = behind && talos === clients.apid;
        const target = behind ? talos.node(node.address) : talos;
        const state = count(node, method);
        const before = cluster.journal.of(method).length;
        const restore = faults[of.fault](node, method);
        const error = await call(target, method).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        restore();
        // An endpoint that loses one connection after another would be left alone for long.
        if (error !== undefined) await callUnary(clients.apid, systemMethods.version, {});
        // What an endpoint says of a node that refused a call does not tell whether it ran.
        const sent = named || of.fault !== 'is not sent';
        const again =
          !sent || method.idempotency === 'read' || (behind && method.idempotency === 'idempotent');
        const calls = cluster.journal.of(method).length - before;
        const ranOnce = of.fault === 'is lost after it ran' ? 1 : 0;
        const outcome = error instanceof TalosRpcError ? error.outcome : error;
        const seen = `${calls} calls, ${state.ran} runs, ${outcome ?? 'a reply'}`;
        const due = again
          ? `2 calls, ${ranOnce + 1} runs, a reply`
          : `1 calls, ${ranOnce} runs, unknown`;
        if (seen !== due) wrong.push(`${method.path}: ${seen}, not ${due}`);
      }
      expect(wrong).toEqual([]);
    });
  },
);

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
