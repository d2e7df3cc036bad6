import { describe, expect, it } from 'vitest';
import { system, systemMethods } from '../../../generated/features/system.js';
import { EndpointTrace } from '../../../src/runtime/diagnostics/endpoint-trace.js';
import type { ObservedClient } from '../../../src/runtime/diagnostics/index.js';
import { ConnectionError } from '../../../src/runtime/dial/connection-error.js';
import { ManualClock } from '../../../testkit/src/index.js';
import { Recorder } from '../../support/diagnostics.js';
import { failure, startCluster, transports } from '../../testkit/support.js';

const states = (recorder: Recorder) => recorder.connections.map(({ state }) => state);

describe.each(transports)('the channels of clients and connections, over %s', (transport) => {
  it('a client opens, connects with its first call, and closes with its connections', async () => {
    const cluster = await startCluster({ transport });
    const recorder = new Recorder('client', 'connection');
    const talos = cluster.client();
    expect(recorder.events).toEqual(['client']);
    await system(talos).version();
    await system(talos).version();
    expect(states(recorder)).toEqual(['connecting', 'ready']);
    await talos.close();
    expect(states(recorder)).toEqual(['connecting', 'ready', 'closed']);
    expect(recorder.of('client').map(({ state }) => state)).toEqual(['opened', 'closed']);
    const [first] = recorder.connections;
    expect(first?.endpoint).toBe(talos.endpoints[0]);
    expect(new Set(recorder.connections.map(({ id }) => id)).size).toBe(1);
    const clients = [...recorder.of('client'), ...recorder.connections].map((each) => each.client);
    expect(new Set(clients).size).toBe(1);
    expect(first?.client.endpoints).toEqual(talos.endpoints);
  });

  it('a connection that is lost makes way for another one', async () => {
    const cluster = await startCluster({ transport });
    const talos = cluster.client();
    const recorder = new Recorder('connection');
    await system(talos).version();
    cluster.node('cp-1').drop(systemMethods.hostname, { times: 1 });
    await system(talos).hostname();
    const [connecting, ready, ...rest] = recorder.connections;
    expect([connecting?.state, ready?.state]).toEqual(['connecting', 'ready']);
    const old = rest.filter(({ id }) => id === ready?.id).map(({ state }) => state);
    const next = rest.filter(({ id }) => id !== ready?.id).map(({ state }) => state);
    expect(old).toEqual(['lost', 'closed']);
    expect(next).toEqual(['connecting', 'ready']);
  });

  it('an attempt that fails says why, and nothing comes after it', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').useCertificate('expired');
    const recorder = new Recorder('connection');
    const talos = cluster.client();
    await failure(system(talos).version({}, { timeoutMs: 5000 }));
    await talos.close();
    const first = recorder.connections.filter(({ id }) => id === recorder.connections[0]?.id);
    expect(first.map(({ state }) => state)).toEqual(['connecting', 'failed']);
    expect(first[1]?.error?.message).toMatch(/expired/);
    const others = recorder.connections.filter(({ id }) => id !== first[0]?.id);
    expect(new Set(others.map(({ state }) => state))).not.toContain('closed');
  });
});

it('a connection on which a call heard nothing is doubted, and taken back when it answers', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const talos = cluster.client();
  await system(talos).version();
  cluster.node('cp-1').stall(systemMethods.hostname, { times: 1 });
  const recorder = new Recorder('connection');
  await failure(system(talos).hostname({}, { timeoutMs: 30 }));
  expect(states(recorder)).toContain('doubted');
  await system(talos).version();
  expect(states(recorder).slice(0, 2)).toEqual(['doubted', 'ready']);
});

describe('what an endpoint tells', () => {
  const client: ObservedClient = { name: undefined, endpoints: ['a:1'], certificate: undefined };
  const error = new ConnectionError('interrupted', 'it broke');

  it('numbers connections, also those that nobody saw begin, and counts their time', async () => {
    const clock = new ManualClock();
    const trace = new EndpointTrace(client, 'a:1', () => clock.now());
    const [one, two] = [{}, {}];
    trace.connecting();
    const recorder = new Recorder('connection');
    trace.ready(one);
    trace.connecting();
    await clock.advance(40);
    trace.failed(two, error);
    trace.closed(two);
    trace.lost(one, error);
    trace.closed(one);
    trace.closed(one);
    const [ready, connecting, failed, lost, closed, ...more] = recorder.connections;
    expect(more).toEqual([]);
    expect(ready).toMatchObject({ state: 'ready', endpoint: 'a:1', client, error: undefined });
    expect(connecting).toMatchObject({ state: 'connecting', ageMs: 0 });
    expect(failed).toMatchObject({ state: 'failed', id: connecting?.id, ageMs: 40, error });
    expect(lost).toMatchObject({ state: 'lost', id: ready?.id, ageMs: 40, error });
    expect(closed).toMatchObject({ state: 'closed', id: ready?.id });
    expect(connecting?.id).not.toBe(ready?.id);
  });

  it('says for how long an endpoint is left alone, and that it is back', () => {
    const trace = new EndpointTrace(client, 'a:1', () => 0);
    trace.ejected(1, 1, error);
    const recorder = new Recorder('ejection');
    trace.ejected(2000, 3, error);
    trace.readmitted();
    expect(recorder.of('ejection')).toEqual([
      { client, endpoint: 'a:1', state: 'ejected', forMs: 2000, failures: 3, error },
      { client, endpoint: 'a:1', state: 'readmitted' },
    ]);
  });
});
