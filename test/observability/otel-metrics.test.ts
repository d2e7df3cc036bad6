import { metrics as api } from '@opentelemetry/api';
import { DataPointType, type MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  ATTR_ERROR_TYPE,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_RPC_CLIENT_CALL_DURATION,
} from '@opentelemetry/semantic-conventions';
import { expect, it, onTestFinished } from 'vitest';
import { events } from '../../generated/features/events.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { metrics } from '../../src/observability/metrics/definitions.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { failure, startCluster } from '../testkit/support.js';
import { histogramsOf, measured, pointsOf } from './opentelemetry-support.js';

const version = 'machine.MachineService/Version';
const server = { [ATTR_SERVER_ADDRESS]: '10.5.0.2', [ATTR_SERVER_PORT]: 50_000 };

it('the duration of calls has the name, unit, bounds and attributes of the conventions', async () => {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock });
  cluster.node('cp-1').delay(systemMethods.version, 1500, { times: 1 });
  const sdk = measured();
  const talos = cluster.client();
  const reply = system(talos).version();
  await clock.advance(1500);
  await reply;
  cluster.node('cp-1').fail(systemMethods.version, 'not-found');
  await failure(system(talos).version());
  const data = (await sdk.read()).get(METRIC_RPC_CLIENT_CALL_DURATION);
  expect(data?.descriptor.unit).toBe('s');
  expect(data?.dataPointType).toBe(DataPointType.HISTOGRAM);
  const [fine, failed] = histogramsOf(data);
  expect(fine?.attributes).toEqual({
    [ATTR_RPC_SYSTEM_NAME]: 'grpc',
    [ATTR_RPC_METHOD]: version,
    [ATTR_RPC_STATUS_CODE]: 'OK',
    ...server,
  });
  expect(failed?.attributes).toMatchObject({
    [ATTR_RPC_STATUS_CODE]: 'NOT_FOUND',
    [ATTR_ERROR_TYPE]: 'NOT_FOUND',
  });
  expect(fine?.value).toMatchObject({ count: 1, sum: 1.5 });
  // The bounds that the conventions advise.
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
  expect(fine?.value.buckets.boundaries).toEqual(bounds);
  expect(fine?.value.buckets.counts.indexOf(1)).toBe(bounds.indexOf(2.5));
});

it.each([
  [true, '10.5.0.3'],
  [false, undefined],
])('nodes are told apart only when asked: %j', async (nodes, node) => {
  const cluster = await startCluster({ workers: 1 });
  const sdk = measured({ nodes });
  await system(cluster.client().node('10.5.0.3')).version();
  const [point] = histogramsOf((await sdk.read()).get(METRIC_RPC_CLIENT_CALL_DURATION));
  expect(point?.attributes['talos.node']).toBe(node);
});

it('attempts, repeats, connections and certificates are counted and read', async () => {
  const cluster = await startCluster({});
  cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
  const sdk = measured();
  const talos = cluster.client();
  await system(talos).version();
  const now = await sdk.read();
  const endpoint = { 'talos.endpoint': '10.5.0.2:50000' };
  expect(pointsOf(now.get('talos.client.attempts'))).toEqual([
    [{ ...endpoint, [ATTR_RPC_STATUS_CODE]: 'UNAVAILABLE' }, 1],
    [{ ...endpoint, [ATTR_RPC_STATUS_CODE]: 'OK' }, 1],
  ]);
  expect(pointsOf(now.get('talos.client.retries'))).toEqual([
    [{ [ATTR_RPC_METHOD]: version, [ATTR_RPC_STATUS_CODE]: 'UNAVAILABLE' }, 1],
  ]);
  expect(pointsOf(now.get('talos.client.connections'))).toEqual([
    [{ ...endpoint, 'talos.state': 'ready' }, 1],
  ]);
  expect(pointsOf(now.get('talos.client.certificate.expiry.timestamp'))).toEqual([
    [
      { [ATTR_SERVER_ADDRESS]: '10.5.0.2:50000' },
      Number(talos.certificate?.notAfter.getTime()) / 1000,
    ],
  ]);
  await talos.close();
  const later = await sdk.read();
  expect(pointsOf(later.get('talos.client.connections'))).toEqual([
    [{ ...endpoint, 'talos.state': 'ready' }, 0],
  ]);
});

it('messages of streams are counted while they are open, and after', async () => {
  const cluster = await startCluster({});
  const sdk = measured();
  const stream = events(cluster.client()).watch({ tailEvents: -1 });
  await stream.next();
  const read = async () => pointsOf((await sdk.read()).get('talos.client.stream.messages'))[0]?.[1];
  const before = await read();
  expect(before).toBeGreaterThan(0);
  const open = pointsOf((await sdk.read()).get('talos.client.in_flight'));
  expect(open.map(([, value]) => value)).toEqual([1]);
  stream.cancel();
  const over = pointsOf((await sdk.read()).get('talos.client.in_flight'));
  expect(over.map(([, value]) => value)).toEqual([0]);
  expect(await read()).toBeGreaterThanOrEqual(before ?? Infinity);
  const [point] = histogramsOf((await sdk.read()).get(METRIC_RPC_CLIENT_CALL_DURATION));
  expect(point?.attributes[ATTR_RPC_STATUS_CODE]).toBe('OK');
  expect(point?.value.count).toBe(1);
});

it('every metric that is defined has an instrument with its unit and text', async () => {
  const cluster = await startCluster({});
  const callbacks = new Set<unknown>();
  const made: [string, string | undefined, string | undefined][] = [];
  const instrument = (name: string, options?: { unit?: string; description?: string }) => {
    made.push([name, options?.unit, options?.description]);
    const addCallback = (read: unknown) => void callbacks.add(read);
    const removeCallback = (read: unknown) => void callbacks.delete(read);
    return { add() {}, record() {}, addCallback, removeCallback };
  };
  const meter = {
    createCounter: instrument,
    createHistogram: instrument,
    createObservableGauge: instrument,
    createObservableCounter: instrument,
  };
  const sdk = measured({ meterProvider: { getMeter: () => meter } as unknown as MeterProvider });
  await system(cluster.client()).version();
  const defined = Object.values(metrics);
  expect(callbacks.size).toBe(defined.filter(({ kind }) => /gauge|total/.test(kind)).length);
  sdk.telemetry.stop();
  expect(callbacks.size).toBe(0);
  expect(made).toEqual(defined.map(({ name, unit, help }) => [name, unit, help]));
});

it('goes to the provider of the process by default, and reads no more when it is stopped', async () => {
  const cluster = await startCluster({});
  const outer = measured({ meterProvider: false });
  const provider = outer.provider;
  api.setGlobalMeterProvider(provider);
  onTestFinished(() => api.disable());
  const { openTelemetry } = await import('../../src/observability/opentelemetry/index.js');
  const telemetry = openTelemetry({ tracerProvider: false });
  await system(cluster.client()).version();
  expect((await outer.read()).has(METRIC_RPC_CLIENT_CALL_DURATION)).toBe(true);
  telemetry.stop();
  await system(cluster.client()).version();
  const now = await outer.read();
  expect(histogramsOf(now.get(METRIC_RPC_CLIENT_CALL_DURATION))[0]?.value.count).toBe(1);
});
