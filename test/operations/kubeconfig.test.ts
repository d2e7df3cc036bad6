import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { clusterMethods } from '../../generated/features/cluster.js';
import { kubeconfig } from '../../src/operations/kubeconfig/index.js';
import { failureOf, tlsCluster } from '../support/feature-calls.js';

describe('kubeconfig', () => {
  it('is made by the control plane that was asked, or by one that a worker knows', async () => {
    const cluster = await tlsCluster({ controlPlanes: 2, workers: 1 });
    const talos = cluster.client();
    const made = () =>
      cluster.journal.calls
        .filter(({ rpc, outcome }) => rpc.endsWith('/Kubeconfig') && outcome === 'ok')
        .map(({ node }) => node);
    for (const target of [
      talos.node(cluster.node('cp-2').address),
      talos.node(cluster.node('worker-1').address),
    ]) {
      const text = await kubeconfig(target);
      expect(parse(text)).toMatchObject({
        kind: 'Config',
        'current-context': `admin@${cluster.name}`,
      });
    }
    expect(made()).toEqual(['cp-2', 'cp-1']);
    expect(await kubeconfig(talos)).toContain('client-key-data');
  });

  it('is made by another control plane when one fails', async () => {
    const cluster = await tlsCluster({ controlPlanes: 3 });
    cluster.node('cp-1').fail(clusterMethods.kubeconfig, 'failed-precondition');
    const target = cluster.client({ endpoint: 'cp-2' }).node(cluster.node('cp-1').address);
    expect(await kubeconfig(target)).toContain('client-key-data');
  });

  it('says why there is none', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1 });
    const reader = cluster.client({ role: 'os:reader' });
    expect(await failureOf(kubeconfig(reader))).toMatchObject({
      code: 'operation',
      step: 'make kubeconfig',
      outcome: 'unchanged',
      hint: expect.stringContaining('os:admin'),
      cause: { status: 'permission-denied' },
    });
    cluster.node('cp-1').fail(clusterMethods.kubeconfig, 'failed-precondition');
    expect(await failureOf(kubeconfig(cluster.client()))).toMatchObject({
      code: 'operation',
      message: expect.stringContaining('no kubeconfig: [failed-precondition]'),
    });
  });

  it('shows no key when what comes is broken', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1 });
    cluster.node('cp-1').on(clusterMethods.kubeconfig, async function* () {
      yield Buffer.from('SECRET');
    });
    const error = await failureOf(kubeconfig(cluster.client()));
    expect(error).toMatchObject({ code: 'operation', step: 'make kubeconfig' });
    expect(error.message).not.toContain('SECRET');
  });
});
