import { onTestFinished } from 'vitest';
import { type AnyTalosError, isTalosError } from '../../src/runtime/errors/any-error.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../testkit/src/cluster/options.js';

/** Both ways to reach a simulated cluster; its behaviour is to be the same. */
export const transports = ['memory', 'tls'] as const;

/** A cluster that ends with the test. */
export async function startCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const cluster = await simulateCluster(options);
  onTestFinished(() => cluster.close());
  return cluster;
}

/** The error of the library that `promise` rejects with. */
export async function failure(promise: Promise<unknown>): Promise<AnyTalosError> {
  try {
    await promise;
  } catch (error) {
    if (isTalosError(error)) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

/** Everything a stream gives. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
