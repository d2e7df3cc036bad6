import { Counter, Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { events, eventsMethods } from '../../generated/features/events.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { metrics } from '../../src/observability/metrics/definitions.js';
import { type PrometheusOptions, prometheus } from '../../src/observability/prometheus/index.js';
import { breaker } from '../../src/resilience/index.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { route } from '../../src/runtime/target.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { collected, failure, startCluster, transports } from '../testkit/support.js';
import { scraped } from './scrape.js';

const version = 'machine.MachineService/Version';
const duration = 'rpc_client_call_duration_seconds';

/** Metrics in a registry of their own, until the test ends. */
async function watched(options: Partial<PrometheusOptions> = {}) {
  const registry = new Registry();
  const metrics = prometheus({ registry, ...options });
  onTestFinished(() => metrics.stop());
  return { registry, metrics, scrape: await scraped(options.registry ?? registry) };
}

describe.each(transports)('a scrape, over %s', (transport) => {
  it('has the calls with method, status and server', async () => {
    const cluster = await startCluster({ transport });
    const { scrape } = await watched();
    const talos = cluster.client();
    await system(talos).version();
    await system(talos).version();
    cluster.node('cp-1').fail(systemMethods.hostname, 'unknown');
    await failure(system(talos).hostname());
    const now = await scrape();
    expect(now.value(`${duration}_count`, { rpc_method: version, rpc_status_code: 'OK' })).toBe(2);
    expect(
      now.value(`${duration}_count`, {
        rpc_method: 'machine.MachineService/Hostname',
        rpc_status_code: 'UNKNOWN',
        error_type: 'UNKNOWN',
        rpc_system_name: 'grpc',
      }),
    ).toBe(1);
    const [sample] = now.all(`${duration}_count`);
    const { server_address: address, server_port: port, node } = sample?.labels ?? {};
    expect(`${address}:${port}`).toBe(talos.endpoints[0]);
    expect(node).toBeUndefined();
    expect(now.value('talos_client_in_flight') ?? 0).toBe(0);
  });

  it('has attempts, repeats, connections and the end of the certificate', async () => {
    const cluster = await startCluster({ transport });
    const { scrape } = await watched();
    const talos = cluster.client();
    cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
    await system(talos).version();
    const endpoint = talos.endpoints[0] as string;
    const now = await scrape();
    const attempts = (status: string) =>
      now.value('talos_client_attempts_total', { endpoint, rpc_status_code: status });
    expect([attempts('UNAVAILABLE'), attempts('OK')]).toEqual([1, 1]);
    expect(
      now.value('talos_client_retries_total', {
        rpc_method: version,
        rpc_status_code: 'UNAVAILABLE',
      }),
    ).toBe(1);
    expect(now.value('talos_client_connections', { endpoint, state: 'ready' })).toBe(1);
    expect(now.value('talos_client_endpoint_ejected', { endpoint })).toBe(0);
    expect(
      now.value('talos_client_certificate_expiry_timestamp_seconds', { server_address: endpoint }),
    ).toBe(Number(talos.certificate?.notAfter.getTime()) / 1000);
    await talos.close();
    const later = await scrape();
    expect(later.value('talos_client_connections', { endpoint, state: 'ready' })).toBe(0);
    expect(later.value('talos_client_certificate_expiry_timestamp_seconds')).toBeUndefined();
  });

  it('counts what stands in the way of connections', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').useCertificate('wrong-ca');
    const { scrape } = await watched();
    const talos = cluster.client({ timeoutMs: 2000 });
    await failure(system(talos).version());
    const now = await scrape();
    const problem = transport === 'tls' ? 'untrusted' : 'interrupted';
    const endpoint = talos.endpoints[0] as string;
    expect(
      now.value('talos_client_connection_failures_total', { endpoint, problem }),
    ).toBeGreaterThan(0);
    expect(now.value('talos_client_connections', { endpoint, state: 'ready' })).toBe(0);
  });
});

it('durations are in seconds, in the buckets of the conventions', async () => {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock });
  cluster.node('cp-1').delay(systemMethods.version, 300);
  const { scrape } = await watched();
  const reply = system(cluster.client()).version();
  expect((await scrape()).value('talos_client_in_flight', { rpc_method: version })).toBe(1);
  await clock.advance(300);
  await reply;
  const now = await scrape();
  expect(now.value(`${duration}_sum`)).toBe(0.3);
  const bucket = (le: string) => now.value(`${duration}_bucket`, { le });
  expect([bucket('0.25'), bucket('0.5'), bucket('10'), bucket('+Inf')]).toEqual([0, 1, 1, 1]);
});

it('a stream that follows counts once with its first reply, and its messages as they come', async () => {
  const cluster = await startCluster({});
  const { scrape } = await watched();
  const rpc_method = 'machine.MachineService/Events';
  const stream = events(cluster.client()).watch({ tailEvents: -1 });
  await stream.next();
  const open = await scrape();
  expect(open.value(`${duration}_count`, { rpc_method, rpc_status_code: 'OK' })).toBe(1);
  expect(open.value('talos_client_stream_messages_total', { rpc_method })).toBeGreaterThan(0);
  stream.cancel();
  const left = await scrape();
  expect(left.value(`${duration}_count`)).toBe(1);
  expect(left.value('talos_client_stream_failures_total')).toBeUndefined();

  cluster.node('cp-1').drop(eventsMethods.watch, { when: { replies: 2 } });
  await failure(collected(events(cluster.client()).watch({ tailEvents: -1 })));
  const broken = await scrape();
  expect(
    broken.value('talos_client_stream_failures_total', {
      rpc_method,
      rpc_status_code: 'UNAVAILABLE',
      error_type: 'UNAVAILABLE',
    }),
  ).toBe(1);
  expect(broken.value(`${duration}_count`)).toBe(2);
});

it('breakers of nodes are told while they are not closed, and how often they opened', async () => {
  const cluster = await startCluster({ workers: 1 });
  const worker = cluster.node('worker-1');
  const { scrape } = await watched();
  let now = 0;
  const use = [breaker({ failures: 1, now: () => now, random: () => 0.5 })];
  const talos = createTalosClient({ transport: cluster.client()[route]().transport, use });
  const node = worker.address;
  const values = async () => {
    const metrics = await scrape();
    return [
      metrics.value('talos_client_breaker_state', { node }),
      metrics.value('talos_client_breaker_openings_total', { node }),
    ];
  };
  expect(await values()).toEqual([undefined, undefined]);
  const release = worker.fail(systemMethods.version, 'unavailable');
  await failure(system(talos.node(node)).version({}, { retry: false }));
  expect(await values()).toEqual([2, 1]);
  now = 10_000;
  release();
  worker.stall(systemMethods.version, { times: 1 });
  const leaving = new AbortController();
  const trying = system(talos.node(node)).version({}, { signal: leaving.signal });
  expect(await values()).toEqual([1, 1]);
  leaving.abort();
  await expect(trying).rejects.toBe(leaving.signal.reason);
  await system(talos.node(node)).version();
  expect(await values()).toEqual([0, 1]);
});

it('nodes are told apart only when asked', async () => {
  const cluster = await startCluster({ workers: 1 });
  const node = cluster.node('worker-1').address;
  const { scrape } = await watched({ nodes: true });
  await system(cluster.client().node(node)).version();
  expect((await scrape()).value(`${duration}_count`, { node })).toBe(1);
});

describe('a registry that is given twice', () => {
  it('has its metrics once, and counts nothing twice', async () => {
    const cluster = await startCluster({ controlPlanes: 2 });
    const [one, two] = [cluster.client({ endpoint: 'cp-1' }), cluster.client({ endpoint: 'cp-2' })];
    const only = (endpoint: string | undefined) => ({
      only: ({ endpoints }: { readonly endpoints: readonly string[] }) => endpoints[0] === endpoint,
    });
    const first = await watched(only(one.endpoints[0]));
    const { registry, scrape } = first;
    const count = async (server_address: string) =>
      (await scrape()).value(`${duration}_count`, { server_address });
    await system(one).version();
    await system(two).version();
    expect([await count('10.5.0.2'), await count('10.5.0.3')]).toEqual([1, undefined]);

    const second = await watched({ registry, ...only(two.endpoints[0]) });
    const third = await watched({ registry });
    await system(one).version();
    await system(two).version();
    expect([await count('10.5.0.2'), await count('10.5.0.3')]).toEqual([2, 1]);

    third.metrics.stop();
    third.metrics.stop();
    first.metrics.stop();
    await system(one).version();
    await system(two).version();
    expect([await count('10.5.0.2'), await count('10.5.0.3')]).toEqual([2, 2]);

    second.metrics.stop();
    await system(two).version();
    expect(await count('10.5.0.3')).toBe(2);
  });

  it('keeps a call that was open meanwhile', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock });
    cluster.node('cp-1').delay(systemMethods.version, 100);
    const { registry, scrape } = await watched();
    const reply = system(cluster.client()).version();
    const second = await watched({ registry });
    expect((await scrape()).value('talos_client_in_flight')).toBe(1);
    second.metrics.stop();
    await clock.advance(100);
    await reply;
    const now = await scrape();
    expect(now.value('talos_client_in_flight')).toBe(0);
    expect(now.value(`${duration}_count`)).toBe(1);
  });
});

it('two clients of one endpoint are added up, and the certificate that ends first is told', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const { scrape } = await watched();
  const clients = [cluster.client(), cluster.client({ role: 'os:reader' })];
  for (const talos of clients) await system(talos).version();
  const now = await scrape();
  expect(now.value('talos_client_connections', { state: 'ready' })).toBe(2);
  const ends = clients.map(({ certificate }) => Number(certificate?.notAfter.getTime()) / 1000);
  expect(now.value('talos_client_certificate_expiry_timestamp_seconds')).toBe(Math.min(...ends));
});

it('every metric has a name by the rules, a type and a text', async () => {
  const { scrape } = await watched();
  const { families } = await scrape();
  expect([...families.keys()]).toEqual([
    'rpc_client_call_duration_seconds',
    'talos_client_attempts_total',
    'talos_client_retries_total',
    'talos_client_in_flight',
    'talos_client_stream_messages_total',
    'talos_client_stream_failures_total',
    'talos_client_connections',
    'talos_client_connection_failures_total',
    'talos_client_endpoint_ejected',
    'talos_client_ejections_total',
    'talos_client_breaker_state',
    'talos_client_breaker_openings_total',
    'talos_client_certificate_expiry_timestamp_seconds',
  ]);
  const defined = Object.values(metrics);
  expect([...families.values()].map(({ type, help }) => [type, help])).toEqual(
    defined.map(({ kind, help }) => [kind === 'total' ? 'counter' : kind, help]),
  );
});

it('works with the registries of OpenMetrics, too', async () => {
  const cluster = await startCluster({});
  const registry = new Registry<'application/openmetrics-text; version=1.0.0; charset=utf-8'>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const metrics = prometheus({ registry });
  onTestFinished(() => metrics.stop());
  await system(cluster.client()).version();
  expect(await registry.metrics()).toMatch(/^talos_client_attempts_total\{.*\} 1$/m);
});

it.each([
  [undefined, 'prometheus: options: expected an object such as { registry: new Registry() }'],
  [{}, 'prometheus: registry: expected a Registry of prom-client'],
  [{ registry: {} }, 'prometheus: registry: expected a Registry of prom-client'],
  [{ register: new Registry() }, 'prometheus: register: there is no such option; did you mean'],
  [{ registry: new Registry(), nodes: 1 }, 'prometheus: nodes: expected true or false'],
])('refuses %j', (options, problem) => {
  expect(() => prometheus(options as never)).toThrow(problem);
});

it('refuses a registry that has a metric of the same name from elsewhere, and adds none', () => {
  const registry = new Registry();
  new Counter({ name: 'talos_client_retries_total', help: 'mine', registers: [registry] });
  expect(() => prometheus({ registry })).toThrow(
    'prometheus: registry: it has a metric talos_client_retries_total from elsewhere',
  );
  expect(registry.getMetricsAsArray()).toHaveLength(1);
});
