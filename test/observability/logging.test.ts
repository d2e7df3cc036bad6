import { Console } from 'node:console';
import { PassThrough, Writable } from 'node:stream';
import { type Level, type Logger as Pino, pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configuration, configurationMethods } from '../../generated/features/configuration.js';
import { system, systemMethods } from '../../generated/features/system.js';
import {
  type Logger,
  type LoggingOptions,
  logging,
} from '../../src/observability/logging/index.js';
import type { ClientCertificate } from '../../src/runtime/credentials/client-certificate.js';
import { breakers, ejections } from '../../src/runtime/diagnostics/channels.js';
import { ClientTrace } from '../../src/runtime/diagnostics/client-trace.js';
import { runWithin } from '../../src/runtime/diagnostics/within.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { failure, startCluster } from '../testkit/support.js';

const version = 'machine.MachineService/Version';

interface Line {
  readonly level: Level;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger of pino that keeps its lines, until the test ends. */
function written(options: Partial<LoggingOptions> = {}, level: Level = 'debug') {
  const lines: Line[] = [];
  const texts: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      const text = chunk.toString();
      const line = JSON.parse(text) as Omit<Line, 'level'> & { readonly level: number };
      texts.push(text);
      lines.push({ ...line, level: pino.levels.labels[line.level] as Level } as Line);
      done();
    },
  });
  const logger: Pino = pino({ level, base: null, timestamp: false }, sink);
  const subscription = logging({ logger, ...options });
  onTestFinished(() => subscription.stop());
  return { lines, texts, subscription };
}

const told = (lines: readonly Line[]) => lines.map(({ level, msg }) => `${level}: ${msg}`);

describe('lines of pino', () => {
  it('tell of connections, attempts and calls, with their fields', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock, workers: 1 });
    cluster.node('worker-1').delay(systemMethods.version, 250);
    const { lines } = written();
    const node = cluster.node('worker-1').address;
    const talos = cluster.client();
    const reply = system(talos.node(node)).version();
    await clock.advance(250);
    await reply;
    await talos.close();
    expect(lines).toEqual([
      {
        level: 'debug',
        msg: 'connection connecting',
        endpoint: '10.5.0.2:50000',
        connection: expect.any(Number),
        ageMs: 0,
      },
      {
        level: 'info',
        msg: 'connected',
        endpoint: '10.5.0.2:50000',
        connection: lines[0]?.connection,
        ageMs: 0,
      },
      {
        level: 'debug',
        msg: 'attempt ended',
        rpc: version,
        node,
        endpoint: '10.5.0.2:50000',
        attempt: 1,
        status: 'ok',
        durationMs: 250,
      },
      {
        level: 'debug',
        msg: 'call ended',
        rpc: version,
        node,
        endpoint: '10.5.0.2:50000',
        status: 'ok',
        attempts: 1,
        durationMs: 250,
        sent: { messages: 1, bytes: 0 },
        received: { messages: 1, bytes: expect.any(Number) },
      },
      expect.objectContaining({ level: 'debug', msg: 'connection closed', ageMs: 250 }),
    ]);
  });

  it('name the step of a flow that makes the call', async () => {
    const cluster = await startCluster({});
    const { lines } = written();
    await runWithin({ flow: 'roll/berlin', step: 'gate' }, () =>
      system(cluster.client()).version(),
    );
    for (const message of ['attempt ended', 'call ended']) {
      expect(lines.find(({ msg }) => msg === message)).toMatchObject({
        flow: 'roll/berlin',
        step: 'gate',
      });
    }
  });

  it('warn of a call that is made again', async () => {
    const cluster = await startCluster({});
    cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
    const { lines } = written({}, 'info');
    await system(cluster.client()).version();
    expect(told(lines).filter((line) => !line.includes('connect'))).toEqual([
      'warn: call is made again',
    ]);
    expect(told(lines)).toContain('info: connection lost');
    const warning = lines.find(({ level }) => level === 'warn');
    expect(warning).toMatchObject({
      rpc: version,
      endpoint: '10.5.0.2:50000',
      attempt: 1,
      status: 'unavailable',
      outcome: 'unknown',
    });
    expect(warning?.reason).toMatch(/broke during the call/);
    expect(warning?.delayMs).toBeGreaterThanOrEqual(0);
  });

  it('tell of endpoints that are left out, and that are back', () => {
    const { lines } = written();
    const client = { name: 'prod', endpoints: ['a:1'], certificate: undefined };
    const error = new Error('words of somebody');
    const endpoint = 'a:1';
    ejections.publish({ client, endpoint, state: 'ejected', forMs: 1000, failures: 3, error });
    ejections.publish({ client, endpoint, state: 'probing' });
    ejections.publish({ client, endpoint, state: 'readmitted' });
    expect(lines).toEqual([
      {
        level: 'warn',
        msg: 'endpoint is left out',
        client: 'prod',
        endpoint,
        forMs: 1000,
        failures: 3,
        reason: 'Error',
      },
      { level: 'debug', msg: 'endpoint is probed', client: 'prod', endpoint },
      { level: 'info', msg: 'endpoint is back', client: 'prod', endpoint },
    ]);
  });

  it('tell of nodes whose calls are refused, and with their words only if asked', () => {
    const reason = 'dial tcp: words of somebody';
    const error = new TalosRpcError(reason, {
      status: 'unavailable',
      outcome: 'unknown',
      rpc: version,
    });
    const { lines, texts } = written();
    const talkative = written({ nodeTexts: true });
    const client = { name: undefined, endpoints: ['a:1'], certificate: undefined };
    const node = '10.5.0.3';
    breakers.publish({ client, node, state: 'open', forMs: 5000, error });
    breakers.publish({ client, node, state: 'half-open', forMs: undefined, error });
    breakers.publish({ client, node, state: 'closed', forMs: undefined, error: undefined });
    expect(lines).toEqual([
      {
        level: 'warn',
        msg: 'calls to the node are refused',
        node,
        forMs: 5000,
        status: 'unavailable',
      },
      { level: 'debug', msg: 'node is tried', node },
      { level: 'info', msg: 'node is back', node },
    ]);
    expect(texts.join('')).not.toContain(reason);
    expect(talkative.lines[0]).toMatchObject({ status: 'unavailable', reason });
  });

  it('warn of a client certificate that runs out, in place of the process', () => {
    const { lines } = written();
    const notAfter = new Date('2026-05-01T00:00:00Z');
    const certificate = { subject: 'O=os:admin', notAfter } as ClientCertificate;
    const facts = { name: 'prod', endpoints: ['a:1'], credentials: { certificate } };
    expect(new ClientTrace(facts, () => 0).certificateExpires(certificate, 60_000)).toBe(true);
    expect(lines).toEqual([
      {
        level: 'warn',
        msg: 'client certificate runs out',
        client: 'prod',
        subject: 'O=os:admin',
        notAfter: '2026-05-01T00:00:00.000Z',
        leftMs: 60_000,
      },
    ]);
  });

  it.each([
    ['wrong-ca', 'error: endpoint cannot be used', 'untrusted'],
    ['wrong-name', 'error: endpoint cannot be used', 'wrong-name'],
  ] as const)('say as an error what has to be mended: %s', async (flaw, line, problem) => {
    const cluster = await startCluster({ controlPlanes: 2, transport: 'tls' });
    cluster.node('cp-1').useCertificate(flaw);
    const { lines } = written({}, 'error');
    const talos = cluster.client();
    // Calls go to the other endpoint, and nobody would notice.
    for (let count = 0; count < 20 && lines.length === 0; count += 1) await system(talos).version();
    expect(told(lines)).toContain(line);
    expect(lines[0]).toMatchObject({ endpoint: talos.endpoints[0], problem });
    expect(lines[0]?.reason).toContain(talos.endpoints[0]);
  });

  it('say at the level of information that a connection failed, which time may mend', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    cluster.node('cp-1').refuse();
    const { lines } = written({}, 'info');
    await failure(system(cluster.client({ timeoutMs: 1000 })).version());
    expect(new Set(told(lines))).toContain('info: connecting failed');
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(lines[0]).toMatchObject({ problem: 'interrupted' });
  });

  it('have nothing of metadata and requests, and the words of nodes only if asked', async () => {
    const secret = 'hunter2';
    const cluster = await startCluster({});
    cluster.node('cp-1').fail(configurationMethods.apply, 'invalid-argument', {
      message: `unknown keys: ${secret}`,
    });
    const { lines, texts, subscription } = written();
    const talos = cluster.client();
    const apply = () =>
      failure(
        configuration(talos).apply(
          { data: new TextEncoder().encode(secret), mode: 'NO_REBOOT' },
          { metadata: { 'x-secret': secret } },
        ),
      );
    await apply();
    expect(told(lines)).toContain('debug: call ended');
    expect(texts.join('')).not.toContain(secret);
    subscription.stop();

    const talkative = written({ nodeTexts: true });
    await apply();
    const ended = talkative.lines.find(({ msg }) => msg === 'call ended');
    expect(ended).toMatchObject({ status: 'invalid-argument', reason: `unknown keys: ${secret}` });
  });

  it('name the error of a call that has no status', async () => {
    const cluster = await startCluster({});
    const talos = cluster.client();
    await talos.close();
    const { lines } = written();
    const error = await failure(system(talos).version());
    expect(lines).toMatchObject([{ error: 'TalosClosedError', reason: error.message }]);
    expect(lines[0]).not.toHaveProperty('status');
  });
});

it('asks pino before it makes a line that nobody wants', async () => {
  const cluster = await startCluster({});
  const asked: string[] = [];
  const logger = pino({ level: 'info' }, new PassThrough());
  const counting: Logger = {
    debug: (_, message) => void asked.push(message),
    info: () => {},
    warn: () => {},
    error: () => {},
    isLevelEnabled: (level) => logger.isLevelEnabled(level),
  };
  const lines = logging({ logger: counting });
  onTestFinished(() => lines.stop());
  await system(cluster.client()).version();
  expect(asked).toEqual(['connection connecting']);
  logger.level = 'debug';
  await system(cluster.client()).version();
  expect(asked).toContain('call ended');
});

it('times have three digits of a millisecond at most', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const { lines } = written();
  await system(cluster.client()).version();
  const times = lines.map(({ durationMs, ageMs }) => String(durationMs ?? ageMs));
  expect(times.length).toBeGreaterThan(2);
  for (const time of times) expect(time).toMatch(/^\d+(\.\d{1,3})?$/);
});

it('a console fits', async () => {
  const output = new PassThrough({ encoding: 'utf8' });
  const cluster = await startCluster({});
  const lines = logging({ logger: new Console(output) });
  onTestFinished(() => lines.stop());
  await system(cluster.client()).version();
  const text = String(output.read());
  expect(text).toContain('attempt ended');
  expect(text).toContain("rpc: 'machine.MachineService/Version'");
});

it('a logger that throws does no harm to calls', async () => {
  const cluster = await startCluster({});
  const warnings: unknown[] = [];
  const note = (warning: unknown) => void warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const broken = () => {
    throw new Error('the disk is full');
  };
  const logger: Logger = { debug: broken, info: broken, warn: broken, error: broken };
  const lines = logging({ logger });
  onTestFinished(() => lines.stop());
  await system(cluster.client()).version();
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings.map(String)).toContain('Error: the disk is full');
});

it('sees the clients that are asked for', async () => {
  const cluster = await startCluster({ controlPlanes: 2 });
  const [one, two] = [cluster.client({ endpoint: 'cp-1' }), cluster.client({ endpoint: 'cp-2' })];
  const { lines } = written({ only: ({ endpoints }) => endpoints[0] === two.endpoints[0] });
  await system(one).version();
  expect(lines).toEqual([]);
  await system(two).version();
  expect(told(lines)).toContain('debug: call ended');
});

it.each([
  [undefined, 'logging: options: expected an object such as { logger: console }'],
  [{}, 'logging: logger: expected a logger'],
  [
    { logger: { info() {} } },
    'logging: logger: expected a logger with debug, info, warn and error',
  ],
  [{ loger: console }, 'logging: loger: there is no such option; did you mean logger?'],
])('refuses %j', (options, problem) => {
  expect(() => logging(options as never)).toThrow(problem);
});
