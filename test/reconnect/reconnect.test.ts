import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { system } from '../../generated/features/system.js';
import {
  type Connection,
  type ConnectionEnd,
  GeneratedStream,
  outlive,
} from '../../src/reconnect/index.js';
import { isMended } from '../../src/reconnect/mending.js';
import { Retries, reconnectSettings } from '../../src/reconnect/retries.js';
import { ConnectionError } from '../../src/runtime/dial/connection-error.js';
import { TalosClosedError } from '../../src/runtime/errors/closed-error.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { TalosProtocolError } from '../../src/runtime/errors/protocol-error.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import type { StatusName } from '../../src/runtime/errors/status.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { quickParts } from '../support/quick-clock.js';

const rpc = 'machine.MachineService/Version';
const failure = (status: StatusName, cause?: Error) =>
  new TalosRpcError('for the test', { status, rpc }, { cause });

describe('waits', () => {
  const settings = reconnectSettings({ firstMs: 100, maxMs: 1000, quietMs: 5000 });

  it('double with each loss in a row, up to the longest', () => {
    const retries = new Retries(settings, quickParts());
    const waits = Array.from({ length: 6 }, () => retries.next(0));
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('begin again only after a connection that held for long enough', () => {
    const retries = new Retries(settings, quickParts());
    expect([retries.next(0), retries.next(4999), retries.next(5000)]).toEqual([100, 200, 100]);
    expect(retries.losses).toBe(1);
  });

  it('are a random part of that, at least half', () => {
    const retries = new Retries(settings, { ...quickParts(), random: () => 0 });
    expect([retries.next(0), retries.next(0)]).toEqual([50, 100]);
  });

  it('are left out once, and not twice in a row', () => {
    const retries = new Retries(settings, quickParts());
    expect([retries.mayHurry(), retries.mayHurry()]).toEqual([true, false]);
    retries.next(0);
    expect(retries.mayHurry()).toBe(true);
  });

  it('stay finite however many losses there are', () => {
    const retries = new Retries(settings, quickParts());
    for (let index = 0; index < 2000; index++) retries.next(0);
    expect(retries.next(0)).toBe(1000);
  });

  it.each([
    [{ firstMs: 0 }, 'reconnect.firstMs'],
    [{ maxMs: Number.NaN }, 'reconnect.maxMs'],
    [{ silenceMs: '1' }, 'reconnect.silenceMs'],
  ])('refuse %j', (options, field) => {
    expect(() => reconnectSettings(options as object)).toThrow(field);
  });

  it('refuse options that there are not', () => {
    expect(() => reconnectSettings({ first: 1 } as object)).toThrow('did you mean firstMs?');
  });
});

describe('another connection', () => {
  const asked = (error: unknown, reached: boolean, losses = 0) =>
    isMended(error, { reached, waits: false, losses });

  it.each<StatusName>([
    'permission-denied',
    'invalid-argument',
    'unimplemented',
    'unauthenticated',
  ])('does not mend %s', (status) => {
    expect([asked(failure(status), false), asked(failure(status), true)]).toEqual([false, false]);
  });

  it.each<StatusName>([
    'unavailable',
    'deadline-exceeded',
    'cancelled',
    'aborted',
    'resource-exhausted',
  ])('may mend %s', (status) => {
    expect([asked(failure(status), false), asked(failure(status), true)]).toEqual([true, true]);
  });

  it.each<StatusName>(['unknown', 'not-found', 'internal', 'failed-precondition', 'data-loss'])(
    'may mend %s only if the node answered before',
    (status) => {
      expect([asked(failure(status), false), asked(failure(status), true)]).toEqual([false, true]);
    },
  );

  it('may mend trouble with certificates if the node answered before, or is waited for', () => {
    const untrusted = failure('unavailable', new ConnectionError('untrusted', 'for the test'));
    expect([asked(untrusted, false), asked(untrusted, true)]).toEqual([false, true]);
    expect(isMended(untrusted, { reached: false, waits: true, losses: 0 })).toBe(true);
  });

  it('does not mend a message that is too large', () => {
    const large = Object.assign(new Error('for the test'), { problem: 'message-size' });
    expect(asked(failure('resource-exhausted', large), true)).toBe(false);
  });

  it('may mend bytes that are no message, but not again and again', () => {
    const broken = new TalosProtocolError('for the test');
    expect([0, 1, 2, 3].map((losses) => asked(broken, true, losses))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('does not mend a closed client, wrong options and errors of others', () => {
    for (const error of [new TalosClosedError(), new TalosConfigError('x'), new Error('x'), 'x']) {
      expect(asked(error, true)).toBe(false);
    }
  });
});

describe('outlive', () => {
  let cluster: SimulatedCluster;

  beforeEach(async () => {
    cluster = await simulateCluster();
  });

  afterEach(() => cluster.close());

  function run(
    connect: (connection: Connection) => AsyncGenerator<string, ConnectionEnd, undefined>,
    parts = quickParts(),
  ) {
    const node = cluster.client().node('10.5.0.2');
    const settings = reconnectSettings({ firstMs: 100, quietMs: 5000 });
    return new GeneratedStream('a test', [], (signal) =>
      outlive({ node, settings, parts, signal }, connect),
    );
  }

  it('waits between connections, and tells why and for how long', async () => {
    let runs = 0;
    const parts = quickParts();
    await using stream = run(async function* (connection) {
      runs += 1;
      connection.hold();
      yield `run ${runs}`;
      if (runs === 2) throw failure('unavailable');
      return 'lost';
    }, parts);
    const seen: unknown[] = [];
    for await (const item of stream) {
      seen.push(item);
      if (seen.length === 5) break;
    }
    expect(seen).toEqual([
      'run 1',
      { type: 'disconnected', error: undefined, retryInMs: 100 },
      'run 2',
      { type: 'disconnected', error: failure('unavailable'), retryInMs: 200 },
      'run 3',
    ]);
    expect(parts.clock.waits).toEqual([100, 200]);
  });

  it('counts losses anew after a connection that held', async () => {
    const parts = quickParts();
    let runs = 0;
    await using stream = run(async function* (connection) {
      runs += 1;
      connection.hold();
      yield 'held';
      if (runs === 2) parts.clock.turn(5000);
      return 'lost';
    }, parts);
    for await (const _ of stream) if (runs === 4) break;
    expect(parts.clock.waits).toEqual([100, 100, 200]);
  });

  it('throws what no other connection mends', async () => {
    const stream = run(async function* () {
      yield 'one';
      throw failure('permission-denied');
    });
    expect((await stream.next()).value).toBe('one');
    await expect(stream.next()).rejects.toMatchObject({ status: 'permission-denied' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('leaves no timer and no call behind when it is left', async () => {
    const parts = quickParts();
    const stream = run(async function* (connection) {
      connection.hold();
      yield 'one';
      const node = cluster.client().node('10.5.0.2');
      await system(node).version({}, { signal: connection.signal });
      return 'lost';
    }, parts);
    for await (const item of stream) if (typeof item !== 'string') break;
    expect(parts.clock.pending).toBe(0);
  });

  it('can be read once', async () => {
    const stream = run(async function* () {
      yield 'one';
      return 'lost';
    });
    for await (const _ of stream) break;
    expect(() => stream[Symbol.asyncIterator]()).toThrow('a test is read once');
  });
});

describe('the id of the boot', () => {
  it.each(['os:admin', 'os:reader'] as const)(
    'is asked of a node of Talos 1.13 by %s',
    async (role) => {
      await using cluster = await simulateCluster({ talosVersion: 'v1.13.0' });
      const [node] = cluster.nodes;
      const target = cluster.client({ role }).node(node?.address ?? '');
      const parts = quickParts();
      const stream = new GeneratedStream('a test', [], (signal) =>
        outlive(
          { node: target, settings: reconnectSettings(), parts, signal },
          async function* (connection) {
            connection.hold();
            yield `boot ${await connection.bootId()}`;
            return 'lost';
          },
        ),
      );
      // It has no resource for it, and lets admins alone read files.
      const told = role === 'os:admin' ? node?.bootId : undefined;
      expect((await stream.next()).value).toBe(`boot ${told}`);
      await stream.return();
    },
  );
});
