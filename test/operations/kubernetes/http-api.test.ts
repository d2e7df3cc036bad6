import { createAuthority } from 'talos-client/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KubernetesCall } from '../../../src/operations/kubernetes/api.js';
import { KubernetesApiError } from '../../../src/operations/kubernetes/api-error.js';
import { HttpApi, type HttpApiOptions } from '../../../src/operations/kubernetes/http/http-api.js';
import { startHttpProxy } from '../../runtime/dial/proxy/proxies.js';
import { ApiServer, admin, json } from '../support/api-server.js';

const call: KubernetesCall = { signal: new AbortController().signal, timeoutMs: 10_000 };

function api(
  servers: readonly (ApiServer | URL)[],
  options: Partial<HttpApiOptions> = {},
): HttpApi {
  const urls = servers.map((server) => (server instanceof URL ? server : server.url));
  const made = new HttpApi({ servers: urls, ...admin(), proxy: 'direct', ...options });
  onTestFinished(() => made.close());
  return made;
}

async function failure(promise: Promise<unknown>): Promise<KubernetesApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubernetesApiError);
  return error as KubernetesApiError;
}

/** A server that is not there. */
const nowhere = new URL('https://127.0.0.1:1');

describe('requests', () => {
  it('are those of the Kubernetes API', async () => {
    const server = await ApiServer.start((_, response) => json(response, { kind: 'Any' }));
    const client = api([server]);
    await client.getNode('node 1', call);
    await client.patchNode('n', { spec: { unschedulable: true } }, call);
    await client.getDaemonSet('kube-system', 'flannel', call);
    await client.evictPod({ namespace: 'a', name: 'b', uid: 'c' }, call);
    await client.listPods({ nodeName: 'n' }, call);
    await client.listPods({ namespace: 'a', labelSelector: 'k8s-app=kube-dns' }, call);
    await client.listNodes(call);
    expect(server.seen).toEqual([
      { method: 'GET', path: '/api/v1/nodes/node%201' },
      {
        method: 'PATCH',
        path: '/api/v1/nodes/n',
        type: 'application/merge-patch+json',
        body: { spec: { unschedulable: true } },
      },
      { method: 'GET', path: '/apis/apps/v1/namespaces/kube-system/daemonsets/flannel' },
      {
        method: 'POST',
        path: '/api/v1/namespaces/a/pods/b/eviction',
        type: 'application/json',
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'b', namespace: 'a' },
          deleteOptions: { preconditions: { uid: 'c' } },
        },
      },
      { method: 'GET', path: '/api/v1/pods?fieldSelector=spec.nodeName%3Dn&limit=500' },
      {
        method: 'GET',
        path: '/api/v1/namespaces/a/pods?labelSelector=k8s-app%3Dkube-dns&limit=500',
      },
      { method: 'GET', path: '/api/v1/nodes?limit=500' },
    ]);
    expect(server.connections).toBe(1);
  });

  it('keep the path of the cluster endpoint', async () => {
    const server = await ApiServer.start((_, response) => json(response, {}));
    await api([new URL('/clusters/one/', server.url)]).getNode('n', call);
    expect(server.seen[0]?.path).toBe('/clusters/one/api/v1/nodes/n');
  });

  it('read all pages of a list, and begin again when a page comes too late', async () => {
    const server = await ApiServer.start(({ path }, response, seen) => {
      const next = new URL(path, 'https://x').searchParams.get('continue');
      if (seen === 2) return json(response, { kind: 'Status', reason: 'Expired' }, 410);
      const metadata = next === 'more' ? {} : { continue: 'more' };
      json(response, { metadata, items: [{ metadata: { name: `${next}-${seen}` } }] });
    });
    const nodes = await api([server]).listNodes(call);
    expect(nodes.map(({ metadata }) => metadata?.name)).toEqual(['null-3', 'more-4']);
  });

  it('give up on a list without an end', async () => {
    const server = await ApiServer.start((_, response) =>
      json(response, { metadata: { continue: 'more' }, items: [] }),
    );
    const error = await failure(api([server]).listNodes({ ...call, timeoutMs: 60_000 }));
    expect(error.message).toContain('does not end');
    expect(server.seen).toHaveLength(200);
  });
});

describe('proxies', () => {
  it('are gone through, and the server behind them is verified by its own address', async () => {
    const server = await ApiServer.start((_, response) => json(response, {}), {
      addresses: ['10.5.0.2'],
    });
    await using way = await startHttpProxy({
      resolve: (destination) => {
        const port = destination === '10.5.0.9:6443' ? 1 : Number(server.url.port);
        return { host: '127.0.0.1', port };
      },
    });
    const at = (host: string) => new URL(`https://${host}:6443`);
    const proxy = `http://127.0.0.1:${way.port}`;
    // The virtual IP leads nowhere, and one control plane shows the certificate of another.
    const client = api([at('10.5.0.9'), at('10.5.0.3'), at('10.5.0.2')], { proxy });
    await client.getNode('n', call);
    expect(way.requests).toEqual(['10.5.0.9:6443', '10.5.0.3:6443', '10.5.0.2:6443']);
    expect(server.seen).toHaveLength(1);
  });
});

describe('refusals', () => {
  it('have status, reason and causes of the API', async () => {
    const server = await ApiServer.start((_, response) =>
      json(
        response,
        {
          kind: 'Status',
          message: 'Cannot evict pod as it would violate the budget.\nsecond line',
          reason: 'TooManyRequests',
          details: { causes: [{ reason: 'DisruptionBudget', message: 'web needs 2' }, 7] },
        },
        429,
      ),
    );
    const error = await failure(
      api([server]).evictPod({ namespace: 'a', name: 'b', uid: 'c' }, call),
    );
    expect(error).toMatchObject({
      status: 429,
      reason: 'TooManyRequests',
      causes: [{ reason: 'DisruptionBudget', message: 'web needs 2' }],
      message:
        'POST /api/v1/namespaces/a/pods/b/eviction: HTTP 429: Cannot evict pod as it would violate ' +
        'the budget.\\nsecond line',
    });
  });

  it.each([
    [200, 'not JSON'],
    [200, '[]'],
    [404, '<html>secret</html>'],
    [403, '{"message": "secret"}'],
    [302, ''],
  ])('that do not come from the API quote nothing: %d %s', async (status, text) => {
    const server = await ApiServer.start((_, response) => {
      response.writeHead(status, { location: 'https://127.0.0.1:1/secret' });
      response.end(text);
    });
    const error = await failure(api([server]).getNode('n', call));
    expect(error).toMatchObject({ status: 502, reason: 'Invalid' });
    expect(error.message).toContain(`HTTP ${status}`);
    expect(error.message).not.toContain('secret');
    expect(server.seen).toHaveLength(1);
  });
});

describe('servers', () => {
  it('take turns until one answers, which is asked first from then on', async () => {
    const good = await ApiServer.start((_, response) => json(response, {}));
    const unfit = await ApiServer.start((_, response) => json(response, {}, 503));
    const client = api([nowhere, unfit, good]);
    await client.getNode('n', call);
    await client.getNode('n', call);
    expect(unfit.seen).toHaveLength(1);
    expect(good.seen).toHaveLength(2);
  });

  it('are asked again when the one that answered is gone', async () => {
    const answer = (_: unknown, response: Parameters<typeof json>[0]) => json(response, {});
    const [first, second] = [await ApiServer.start(answer), await ApiServer.start(answer)];
    const client = api([first, second]);
    await client.getNode('n', call);
    await first.stop();
    await client.getNode('n', call);
    expect(second.seen).toHaveLength(1);
  });

  it('that have ended an idle connection are asked over another one', async () => {
    const server = await ApiServer.start((_, response) => json(response, {}));
    const client = api([server]);
    await client.getNode('n', call);
    server.destroyNext();
    await client.getNode('n', call);
    expect(server.connections).toBe(2);
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    ['before', (response: Parameters<typeof json>[0]) => response.destroy()],
    [
      'in the middle of',
      (response: Parameters<typeof json>[0]) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"kind":', () => response.destroy());
      },
    ],
  ])('that break %s an answer are passed over', async (_, end) => {
    const broken = await ApiServer.start((__, response) => end(response));
    const good = await ApiServer.start((__, response) =>
      json(response, { metadata: { name: 'n' } }),
    );
    expect(await api([broken, good]).getNode('n', call)).toEqual({ metadata: { name: 'n' } });
  });

  it('that stay silent are passed over within the time of the request', async () => {
    const silent = await ApiServer.start(() => {});
    const error = await failure(api([silent]).getNode('n', { ...call, timeoutMs: 200 }));
    expect(error).toMatchObject({ status: undefined, reason: 'Unreachable' });
    expect(error.message).toContain(`${silent.url.host}: no answer within`);
  });

  it('that answer without an end are cut off', async () => {
    const endless = await ApiServer.start((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(8 * 1024 * 1024), more);
      };
      more();
    });
    const error = await failure(api([endless]).getNode('n', call));
    expect(error.message).toContain('the answer is larger than');
  });

  it('are all named when none answers', async () => {
    const unfit = await ApiServer.start((_, response) => json(response, {}, 503));
    const error = await failure(api([nowhere, unfit]).getNode('n', call));
    expect(error.reason).toBe('Unreachable');
    expect(error.message).toContain('127.0.0.1:1: connect ECONNREFUSED');
    expect(error.message).toContain(`${unfit.url.host}: HTTP 503`);
  });

  it('of another CA, or with a certificate for another address, get no request', async () => {
    const other = createAuthority({ organization: 'kubernetes', keys: 'p256' });
    const answer = (_: unknown, response: Parameters<typeof json>[0]) => json(response, {});
    const strange = await ApiServer.start(answer, { issuer: other });
    const elsewhere = await ApiServer.start(answer, { addresses: ['10.5.0.2'] });
    const error = await failure(api([strange, elsewhere]).getNode('n', call));
    expect(error.reason).toBe('Unreachable');
    expect(error.message).toMatch(/self.signed certificate|unable to verify|signature/);
    expect(error.message).toContain('the certificate is not for 127.0.0.1');
    expect([strange.seen, elsewhere.seen]).toEqual([[], []]);
  });

  it('that refuse the client certificate are told without the certificate', async () => {
    const server = await ApiServer.start((_, response) => json(response, {}));
    const other = createAuthority({ organization: 'kubernetes', keys: 'p256' });
    const { cert, key } = admin(other);
    const error = await failure(api([server], { cert, key }).getNode('n', call));
    expect(error.reason).toBe('Unreachable');
    expect(JSON.stringify([error.message, error])).not.toContain('BEGIN');
    expect(server.seen).toEqual([]);
  });

  it('are left when the caller ends the request', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const server = await ApiServer.start(() => stop.abort(reason));
    const other = await ApiServer.start((_, response) => json(response, {}));
    const request = api([server, other]).getNode('n', { ...call, signal: stop.signal });
    await expect(request).rejects.toBe(reason);
    expect(other.seen).toEqual([]);
  });
});
