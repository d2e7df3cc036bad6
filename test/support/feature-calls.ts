import type { ClusterOptions, JournalEntry, SimulatedNode } from 'talos-client-testkit';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { expect, onTestFinished } from 'vitest';
import type { CallOptions } from '../../src/runtime/call-options.js';
import { type AnyTalosError, isTalosError } from '../../src/runtime/errors/any-error.js';
import { type AnyMethod, rpcName } from '../../src/runtime/method.js';

/** A cluster over mTLS that ends with the test. */
export async function tlsCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const cluster = await simulateCluster({ transport: 'tls', ...options });
  onTestFinished(() => cluster.close());
  return cluster;
}

/** The error of the library that `promise` rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<AnyTalosError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (outcome === undefined) throw new Error('the call did not fail');
  if (!isTalosError(outcome.error)) throw outcome.error;
  return outcome.error;
}

/** Expects a call to be refused because of the role of the caller. */
export async function expectRefused(promise: Promise<unknown>): Promise<void> {
  expect(await failureOf(promise)).toMatchObject({ code: 'rpc', status: 'permission-denied' });
}

/**
 * Has a node take a call and not answer it, and the caller give up: the caller gets the reason that
 * it gave itself, and the node sees the call cancelled.
 */
export async function expectCancelled(
  node: SimulatedNode,
  method: AnyMethod,
  call: (options: CallOptions) => Promise<unknown>,
): Promise<void> {
  const { journal } = node.machine.cluster;
  const release = node.stall(method);
  const caller = new AbortController();
  const reason = new Error('the caller has waited enough');
  const outcome = expect(call({ signal: caller.signal })).rejects.toBe(reason);
  const rpc = rpcName(method);
  const entry = await journal.waitFor((seen) => seen.rpc === rpc && seen.outcome === undefined);
  caller.abort(reason);
  await outcome;
  await journal.waitFor((seen) => seen === entry && seen.outcome === 'cancelled');
  release();
}

/** Expects a call that a node never answers to end at its deadline, on both sides. */
export async function expectDeadline(
  node: SimulatedNode,
  method: AnyMethod,
  call: (options: CallOptions) => Promise<unknown>,
): Promise<void> {
  const { journal } = node.machine.cluster;
  const release = node.stall(method);
  const rpc = rpcName(method);
  const earlier = new Set(journal.calls);
  const isOurs = (seen: JournalEntry) => seen.rpc === rpc && !earlier.has(seen);
  // On a busy machine a deadline may pass before the call has left: the next one is later.
  for (let timeoutMs = 100; !journal.calls.some(isOurs); timeoutMs *= 2) {
    expect(await failureOf(call({ timeoutMs }))).toMatchObject({
      code: 'rpc',
      status: 'deadline-exceeded',
    });
  }
  const ended = ['cancelled', 'deadline-exceeded'];
  await journal.waitFor((seen) => isOurs(seen) && ended.includes(seen.outcome ?? ''));
  release();
}
