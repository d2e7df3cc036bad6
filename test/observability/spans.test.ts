import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  RPC_SYSTEM_NAME_VALUE_GRPC,
} from '@opentelemetry/semantic-conventions';
import { describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { events, eventsMethods } from '../../generated/features/events.js';
import { files } from '../../generated/features/files.js';
import { logs } from '../../generated/features/logs.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { openTelemetry } from '../../src/observability/opentelemetry/index.js';
import { runWithin } from '../../src/runtime/diagnostics/within.js';
import { collected, failure, startCluster, transports } from '../testkit/support.js';
import { traced } from './opentelemetry-support.js';

const version = 'machine.MachineService/Version';

describe('the span of a call', () => {
  it('has the names and values of the conventions, below the span of the caller', async () => {
    const cluster = await startCluster({ workers: 1 });
    const worker = cluster.node('worker-1').address;
    const sdk = traced();
    await sdk.tracer.startActiveSpan('job', async (job) => {
      await system(cluster.client().node(worker)).version();
      job.end();
    });
    const [call, job] = sdk.spans;
    expect(sdk.spans).toHaveLength(2);
    expect(call).toMatchObject({
      name: version,
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
    });
    expect(call?.attributes).toEqual({
      [ATTR_RPC_SYSTEM_NAME]: RPC_SYSTEM_NAME_VALUE_GRPC,
      [ATTR_RPC_METHOD]: version,
      [ATTR_RPC_STATUS_CODE]: 'OK',
      [ATTR_SERVER_ADDRESS]: '10.5.0.2',
      [ATTR_SERVER_PORT]: 50_000,
      [ATTR_NETWORK_PEER_ADDRESS]: '10.5.0.2',
      [ATTR_NETWORK_PEER_PORT]: 50_000,
      'talos.node': worker,
    });
    expect(call?.parentSpanContext?.spanId).toBe(job?.spanContext().spanId);
    expect(call?.instrumentationScope.name).toBe('talos-client');
  });

  it('names the step of a flow that makes the call', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    await runWithin({ flow: 'roll/berlin', step: 'gate' }, () =>
      system(cluster.client()).version(),
    );
    expect(sdk.spans[0]?.attributes).toMatchObject({
      'talos.fleet.flow': 'roll/berlin',
      'talos.fleet.step': 'gate',
    });
  });

  it('gives samplers what the conventions say', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    await system(cluster.client()).version();
    expect(sdk.asked).toEqual([
      {
        name: version,
        attributes: {
          [ATTR_RPC_SYSTEM_NAME]: 'grpc',
          [ATTR_RPC_METHOD]: version,
          [ATTR_SERVER_ADDRESS]: '10.5.0.2',
          [ATTR_SERVER_PORT]: 50_000,
        },
      },
    ]);
  });

  it('names all endpoints where there are several, and the one that was picked', async () => {
    const cluster = await startCluster({ controlPlanes: 3 });
    const sdk = traced();
    await system(cluster.client()).version();
    const attributes = sdk.calls[0]?.attributes ?? {};
    expect(attributes[ATTR_SERVER_ADDRESS]).toBe('10.5.0.2:50000,10.5.0.3:50000,10.5.0.4:50000');
    expect(attributes).not.toHaveProperty([ATTR_SERVER_PORT]);
    expect(attributes[ATTR_NETWORK_PEER_ADDRESS]).toMatch(/^10\.5\.0\.[234]$/);
  });

  it('names the cluster where the client has one', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    // What `cluster` in the options of a client sends.
    await system(cluster.client()).version({}, { metadata: { context: 'prod' } });
    expect(sdk.calls[0]?.attributes).toMatchObject({
      [ATTR_SERVER_ADDRESS]: 'prod',
      'talos.cluster': 'prod',
    });
    expect(sdk.calls[0]?.attributes).not.toHaveProperty([ATTR_SERVER_PORT]);
  });

  it.each([
    [false, undefined],
    [true, 'no such thing: hunter2'],
  ])(
    'of a call that failed has the words of the node only if asked: %j',
    async (nodeTexts, message) => {
      const cluster = await startCluster({});
      cluster.node('cp-1').fail(systemMethods.version, 'not-found', {
        message: 'no such thing: hunter2',
      });
      const sdk = traced({ nodeTexts });
      await failure(system(cluster.client()).version());
      const [call] = sdk.calls;
      expect(call?.attributes).toMatchObject({
        [ATTR_RPC_STATUS_CODE]: 'NOT_FOUND',
        [ATTR_ERROR_TYPE]: 'NOT_FOUND',
      });
      expect(call?.status).toEqual({
        code: SpanStatusCode.ERROR,
        ...(message !== undefined && { message }),
      });
      expect(call?.events).toEqual([]);
    },
  );

  it('of a call that got no answer says why', async () => {
    const cluster = await startCluster({});
    cluster.node('cp-1').stall(systemMethods.version);
    const sdk = traced();
    await failure(system(cluster.client()).version({}, { timeoutMs: 20 }));
    expect(sdk.calls[0]?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'no reply within 20 ms',
    });
    expect(sdk.calls[0]?.attributes[ATTR_ERROR_TYPE]).toBe('DEADLINE_EXCEEDED');
  });

  it('of an error without a status names the error', async () => {
    const cluster = await startCluster({});
    const talos = cluster.client();
    await talos.close();
    const sdk = traced();
    await failure(system(talos).version());
    const attributes = sdk.calls[0]?.attributes ?? {};
    expect(attributes[ATTR_ERROR_TYPE]).toBe('TalosClosedError');
    expect(attributes).not.toHaveProperty([ATTR_RPC_STATUS_CODE]);
    expect(attributes).not.toHaveProperty([ATTR_NETWORK_PEER_ADDRESS]);
  });

  it('of a call that its caller ended is an error, and has nothing of what the caller said', async () => {
    const cluster = await startCluster({});
    cluster.node('cp-1').stall(systemMethods.version);
    const sdk = traced({ nodeTexts: true });
    const controller = new AbortController();
    const reply = system(cluster.client()).version({}, { signal: controller.signal });
    controller.abort(new Error('hunter2'));
    await expect(reply).rejects.toThrow('hunter2');
    const [call] = sdk.calls;
    expect(call?.attributes[ATTR_ERROR_TYPE]).toBe('CANCELLED');
    expect(call?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(JSON.stringify([call?.attributes, call?.status, call?.events])).not.toContain('hunter2');
  });
});

describe.each(transports)('attempts, over %s', (transport) => {
  it('have spans below that of the call where there were several', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
    const sdk = traced();
    await system(cluster.client()).version();
    const [call] = sdk.calls;
    expect(
      sdk.attempts.map(({ attributes, name }) => [
        name,
        attributes['talos.rpc.attempt'],
        attributes[ATTR_RPC_STATUS_CODE],
      ]),
    ).toEqual([
      [`Attempt.${version}`, 1, 'UNAVAILABLE'],
      [`Attempt.${version}`, 2, 'OK'],
    ]);
    for (const attempt of sdk.attempts) {
      expect(attempt.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
      expect(attempt.kind).toBe(SpanKind.INTERNAL);
      expect(attempt.attributes[ATTR_NETWORK_PEER_PORT]).toBe(
        call?.attributes[ATTR_NETWORK_PEER_PORT],
      );
    }
    const [failed, fine] = sdk.attempts;
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(failed?.status.message).toMatch(/broke during the call/);
    expect(fine?.status.code).toBe(SpanStatusCode.UNSET);
    // One after the other, and both within the call.
    const at = (time: readonly number[] = []) => (time[0] ?? 0) * 1e9 + (time[1] ?? 0);
    const times = [
      call?.startTime,
      failed?.startTime,
      failed?.endTime,
      fine?.startTime,
      fine?.endTime,
      call?.endTime,
    ].map(at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(call?.events).toMatchObject([
      {
        name: 'retry',
        attributes: { 'talos.rpc.attempt': 1, [ATTR_RPC_STATUS_CODE]: 'UNAVAILABLE' },
      },
    ]);
    expect(call?.events[0]?.attributes?.['talos.rpc.retry_delay_ms']).toBeGreaterThanOrEqual(0);
    expect(call?.attributes['talos.rpc.attempts']).toBe(2);
    expect(call?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('have no span of their own where there was one, unless asked', async () => {
    const cluster = await startCluster({ transport });
    const talos = cluster.client();
    const sdk = traced();
    await system(talos).version();
    expect(sdk.attempts).toEqual([]);
    sdk.telemetry.stop();
    const every = traced({ everyAttempt: true });
    await system(talos).version();
    expect(every.attempts).toHaveLength(1);
    expect(every.attempts[0]?.attributes[ATTR_RPC_STATUS_CODE]).toBe('OK');
  });

  it('have one span each where all are asked for and there were several', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
    const sdk = traced({ everyAttempt: true });
    await system(cluster.client()).version();
    expect(sdk.attempts.map(({ attributes }) => attributes['talos.rpc.attempt'])).toEqual([1, 2]);
  });
});

describe('streams', () => {
  it('that end have a span from their begin to their end', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    for await (const _ of files(cluster.client()).list({ root: '/etc' })) {
      expect(sdk.spans).toEqual([]);
    }
    expect(sdk.calls).toHaveLength(1);
    expect(sdk.calls[0]?.attributes[ATTR_RPC_STATUS_CODE]).toBe('OK');
  });

  it('that are left early are cancelled, which is no error', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    for await (const _ of files(cluster.client()).list({ root: '/etc' })) break;
    const [call] = sdk.calls;
    expect(call?.attributes[ATTR_RPC_STATUS_CODE]).toBe('CANCELLED');
    expect(call?.attributes).not.toHaveProperty([ATTR_ERROR_TYPE]);
    expect(call?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('that follow end their span with the first reply, and nothing more comes when they are left', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    for await (const _ of events(cluster.client()).watch({ tailEvents: -1 })) {
      expect(sdk.calls).toHaveLength(1);
      break;
    }
    expect(sdk.calls).toHaveLength(1);
    expect(sdk.calls[0]?.attributes).toMatchObject({
      [ATTR_RPC_STATUS_CODE]: 'OK',
      [ATTR_NETWORK_PEER_ADDRESS]: '10.5.0.2',
    });
  });

  it('that follow and break later have a second span, with a link to the first', async () => {
    const cluster = await startCluster({});
    cluster.node('cp-1').drop(eventsMethods.watch, { when: { replies: 2 } });
    const sdk = traced();
    await sdk.tracer.startActiveSpan('job', async (job) => {
      const watch = async () => {
        for await (const _ of events(cluster.client()).watch({ tailEvents: -1 }));
      };
      await failure(watch());
      job.end();
    });
    const [established, broken] = sdk.calls;
    expect(sdk.calls).toHaveLength(2);
    expect(established?.status.code).toBe(SpanStatusCode.UNSET);
    expect(broken?.status.code).toBe(SpanStatusCode.ERROR);
    expect(broken?.attributes[ATTR_ERROR_TYPE]).toBe('UNAVAILABLE');
    expect(broken?.links.map(({ context }) => context.spanId)).toEqual([
      established?.spanContext().spanId,
    ]);
    expect(broken?.parentSpanContext).toBeUndefined();
  });

  it.each(['signal', 'close'] as const)(
    'that follow and are ended by their caller did not break: %s',
    async (how) => {
      const cluster = await startCluster({});
      const talos = cluster.client();
      const sdk = traced();
      const controller = new AbortController();
      const stream = events(talos).watch({ tailEvents: -1 }, { signal: controller.signal });
      await stream.next();
      if (how === 'close') await talos.close();
      else controller.abort();
      await expect(collected(stream)).rejects.toThrow();
      expect(sdk.calls).toHaveLength(1);
    },
  );

  it('that follow and fail at once have one span, which failed', async () => {
    const cluster = await startCluster({});
    cluster.node('cp-1').fail(eventsMethods.watch, 'permission-denied');
    const sdk = traced();
    await failure(events(cluster.client()).watch({}).next());
    expect(sdk.calls.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR]);
  });
});

describe('the context of the caller', () => {
  it('stays in a loop over a stream, and after it', async () => {
    const cluster = await startCluster({});
    const sdk = traced();
    await sdk.tracer.startActiveSpan('job', async (job) => {
      let items = 0;
      for await (const _ of files(cluster.client()).list({ root: '/etc' })) {
        items += 1;
        if (items < 3) sdk.tracer.startSpan('item').end();
      }
      sdk.tracer.startSpan('after').end();
      job.end();
    });
    const job = sdk.spans.find(({ name }) => name === 'job')?.spanContext();
    const below = sdk.spans.filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === job?.spanId,
    );
    expect(below.map(({ name }) => name).sort()).toEqual([
      'after',
      'item',
      'item',
      'machine.MachineService/List',
    ]);
  });

  it('is that of each caller where several wait for one connection', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const talos = cluster.client();
    const sdk = traced();
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        sdk.tracer.startActiveSpan(name, async (job) => {
          await system(talos).version();
          for await (const _ of logs(talos).dmesg({})) break;
          job.end();
        }),
      ),
    );
    for (const name of ['a', 'b', 'c']) {
      const job = sdk.spans.find((span) => span.name === name)?.spanContext();
      const below = sdk.calls.filter(
        ({ parentSpanContext }) => parentSpanContext?.spanId === job?.spanId,
      );
      expect(below.map((span) => span.name)).toEqual([version, 'machine.MachineService/Dmesg']);
    }
  });

  it('is that of whoever reads many nodes', async () => {
    const cluster = await startCluster({ workers: 2 });
    const nodes = cluster.client().nodes();
    const sdk = traced();
    await sdk.tracer.startActiveSpan('job', async (job) => {
      await nodes.each((node) => system(node).version());
      let lines = 0;
      for await (const _ of nodes.merge((node) => logs(node).dmesg({ follow: true }))) {
        lines += 1;
        if (lines === 10) break;
      }
      job.end();
    });
    const job = sdk.spans.find(({ name }) => name === 'job')?.spanContext();
    expect(sdk.calls).toHaveLength(6);
    for (const call of sdk.calls) expect(call.parentSpanContext?.spanId).toBe(job?.spanId);
  });

  it('is that of requests that come from an iterable', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const node = cluster.node('cp-1');
    node.on(etcdMethods.recover, async (_, requests) => {
      for await (const __ of requests);
    });
    const talos = cluster.client();
    const sdk = traced();
    const seen: (string | undefined)[] = [];
    async function* pieces() {
      seen.push(trace.getSpan(context.active())?.spanContext().spanId);
      yield new Uint8Array([1]);
    }
    await Promise.all(
      ['a', 'b'].map((name) =>
        sdk.tracer.startActiveSpan(name, async (job) => {
          await etcd(talos).recover(pieces());
          job.end();
        }),
      ),
    );
    const jobs = sdk.spans.filter(({ name }) => name === 'a' || name === 'b');
    expect(seen.sort()).toEqual(jobs.map((job) => job.spanContext().spanId).sort());
  });
});

describe('headers', () => {
  async function received(propagate: boolean, metadata?: Readonly<Record<string, string>>) {
    const cluster = await startCluster({});
    const seen: (readonly (string | Uint8Array)[] | undefined)[] = [];
    cluster.node('cp-1').on(systemMethods.hostname, (call) => {
      seen.push(call.metadata.get('traceparent'));
      return { hostname: 'cp-1' };
    });
    const sdk = traced({ propagate });
    await system(cluster.client()).hostname({}, metadata && { metadata });
    return { seen: seen[0], span: sdk.calls[0]?.spanContext() };
  }

  it('of the trace go along when asked, with the span of the call', async () => {
    const { seen, span } = await received(true);
    expect(seen).toEqual([`00-${span?.traceId}-${span?.spanId}-01`]);
  });

  it('do not go along otherwise', async () => {
    expect((await received(false)).seen).toBeUndefined();
  });

  it('of the caller win', async () => {
    const own = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    expect((await received(true, { traceparent: own })).seen).toEqual([own]);
  });
});

describe('openTelemetry', () => {
  it('sees the clients that are asked for, until it is stopped', async () => {
    const cluster = await startCluster({ controlPlanes: 2 });
    const [one, two] = [cluster.client({ endpoint: 'cp-1' }), cluster.client({ endpoint: 'cp-2' })];
    const sdk = traced({ only: ({ endpoints }) => endpoints[0] === two.endpoints[0] });
    await system(one).version();
    await system(two).version();
    expect(sdk.calls.map(({ attributes }) => attributes[ATTR_SERVER_ADDRESS])).toEqual([
      '10.5.0.3',
    ]);
    sdk.telemetry.stop();
    await system(two).version();
    expect(sdk.calls).toHaveLength(1);
  });

  it.each([
    [{ tracerProvider: 7 }, 'openTelemetry: tracerProvider: expected a provider, or false'],
    [{ propagation: true }, 'openTelemetry: propagation: there is no such option; did you mean'],
    [{ everyAttempt: 'yes' }, 'openTelemetry: everyAttempt: expected true or false'],
    [{ only: [] }, 'openTelemetry: only: expected a function'],
  ])('refuses %j', (options, problem) => {
    expect(() => openTelemetry(options as never)).toThrow(problem);
  });
});
