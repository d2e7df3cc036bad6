import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../../../generated/features/services.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { TalosClient as FullClient } from '../../../generated/full.js';
import {
  basicAuth,
  callAggregated,
  collectBytes,
  createTalosClient,
  grpcTransport,
  maintenance,
  mtls,
  plaintext,
  serverTls,
  streamAggregated,
  type TalosClient,
  text,
} from '../../../src/index.js';
import { lines } from '../../../src/runtime/streams/lines.js';

// What a program in JavaScript may pass, which no type has looked at.

let cluster: SimulatedCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await simulateCluster({ workers: 1 });
  talos = cluster.client();
});

afterAll(() => cluster.close());

/** The message of the `TalosConfigError` that the call ends with. */
async function refusal(call: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => new Error('was not refused'),
      (reason: unknown) => reason,
    );
  expect(error).toMatchObject({ name: 'TalosConfigError', code: 'config' });
  return (error as Error).message;
}

// biome-ignore lint/suspicious/noExplicitAny: as JavaScript passes it.
type Anything = any;

const version = (options: Anything) => system(talos).version({}, options);
const connect = (options: Anything) =>
  createTalosClient({ endpoints: ['10.0.0.1'], credentials: plaintext(), ...options });
const nothing = async function* () {};
const rpc = 'machine.MachineService/Version: ';
const object = 'options: expected an object such as ';

describe('options', () => {
  it.each([
    [
      'a call',
      () => version({ timeoutMS: 5 }),
      `${rpc}timeoutMS: there is no such option; did you mean timeoutMs?`,
    ],
    [
      'a call',
      () => version({ onHeader: () => {} }),
      `${rpc}onHeader: there is no such option; did you mean onHeaders?`,
    ],
    [
      'a call',
      () => version({ retrys: 3 }),
      `${rpc}retrys: there is no such option; did you mean retry?`,
    ],
    [
      'a call',
      () => version({ tries: 3 }),
      `${rpc}tries: there is no such option; there are signal, timeoutMs, idleTimeoutMs, metadata, retry, idempotent, onHeaders, onTrailers`,
    ],
    [
      'retry',
      () => version({ retry: { forMS: 5 } }),
      'retry: forMS: there is no such option; did you mean forMs?',
    ],
    [
      'retry',
      () => connect({ retry: { attempts: 5 } }),
      'retry: attempts: there is no such option; there are forMs, firstMs, maxMs',
    ],
    [
      'createTalosClient',
      () => connect({ timeoutMS: 5 }),
      'createTalosClient: timeoutMS: there is no such option; did you mean timeoutMs?',
    ],
    [
      'createTalosClient',
      () => connect({ keepalive: { interval: 5000 } }),
      'keepalive: interval: there is no such option; did you mean intervalMs?',
    ],
    [
      'createTalosClient',
      () => connect({ backoff: { firstMS: 5 } }),
      'backoff: firstMS: there is no such option; did you mean firstMs?',
    ],
    [
      'lines',
      () => lines(nothing(), { maxLineLenght: 5 } as Anything),
      'lines: maxLineLenght: there is no such option; did you mean maxLineLength?',
    ],
    [
      'sibling',
      () => talos.sibling({ endpoint: ['10.0.0.2'] } as Anything),
      'sibling: endpoint: there is no such option; did you mean endpoints?',
    ],
    [
      'each',
      () => talos.nodes().each(async () => 1, { concurency: 1 } as Anything),
      'each: concurency: there is no such option; did you mean concurrency?',
    ],
    [
      'merge',
      () => talos.nodes().merge(nothing, { onErr: () => {} } as Anything),
      'merge: onErr: there is no such option; did you mean onError?',
    ],
    [
      'callAggregated',
      () =>
        callAggregated(talos, systemMethods.version, {}, {
          nodes: ['10.5.0.2'],
          timeout: 5,
        } as Anything),
      `${rpc}timeout: there is no such option; did you mean timeoutMs?`,
    ],
    [
      'collectBytes',
      () => collectBytes(nothing(), { maxByte: 5 } as Anything),
      'collectBytes: maxByte: there is no such option; did you mean maxBytes?',
    ],
    [
      'text',
      () => text(nothing(), { maxByte: 5 } as Anything),
      'collectBytes: maxByte: there is no such option; did you mean maxBytes?',
    ],
    [
      'mtls',
      () => mtls({ ca: 'a', crt: 'b', key: 'c' } as Anything),
      'mtls: crt: there is no such option; did you mean cert?',
    ],
    [
      'basicAuth',
      () => basicAuth({ username: 'a', pasword: 'hunter2' } as Anything),
      'basicAuth: pasword: there is no such option; did you mean password?',
    ],
    [
      'maintenance',
      () => maintenance({ fingerprint: 'a' } as Anything),
      'maintenance: fingerprint: there is no such option; did you mean fingerprints?',
    ],
    [
      'serverTls',
      () => serverTls({ cas: 'a' } as Anything),
      'serverTls: cas: there is no such option; did you mean ca?',
    ],
  ] as const)('of %s are refused that there are none of: %#', async (_, call, message) => {
    expect(await refusal(call)).toBe(message);
  });

  it('of a transport are refused that there are none of, by its name', async () => {
    const options = { endpoints: ['a'], credentials: plaintext(), nodes: ['b'] } as Anything;
    expect(await refusal(() => grpcTransport(options))).toMatch(
      /^(?:grpc|http2)Transport: nodes: there is no such option/,
    );
  });

  it.each([
    [
      'a signal',
      () => version(AbortSignal.timeout(5)),
      `${rpc}${object}{ signal: … }, got an AbortSignal`,
    ],
    ['a number', () => version(5), `${rpc}${object}{ signal: … }, got 5`],
    ['null', () => version(null), `${rpc}${object}{ signal: … }, got null`],
    [
      'nothing',
      () => createTalosClient(undefined as Anything),
      `createTalosClient: ${object}{ endpoints, credentials }, which loadTalosconfig() gives, got undefined`,
    ],
    [
      'a promise',
      () => createTalosClient(Promise.resolve() as Anything),
      `createTalosClient: ${object}{ endpoints, credentials }, which loadTalosconfig() gives, got a Promise: await it`,
    ],
    [
      'nothing, for all features',
      () => new FullClient(undefined as Anything),
      `createTalosClient: ${object}{ endpoints, credentials }, which loadTalosconfig() gives, got undefined`,
    ],
    [
      'nothing, for many nodes',
      () => callAggregated(talos, systemMethods.version, {}, undefined as Anything),
      `${rpc}${object}{ nodes: ['10.0.0.2'] }, got undefined`,
    ],
    [
      'nothing, for credentials',
      () => mtls(undefined as Anything),
      `mtls: ${object}{ ca, cert, key }, got undefined`,
    ],
    [
      'nothing, for a login',
      () => basicAuth(undefined as Anything),
      `basicAuth: ${object}{ username, password }, got undefined`,
    ],
    [
      'fingerprints',
      () => maintenance(['a'] as Anything),
      `maintenance: ${object}{ fingerprints: [pin] }, got an Array`,
    ],
    ['a CA', () => serverTls('PEM' as Anything), `serverTls: ${object}{ ca }, got a string`],
    [
      'a limit',
      () => collectBytes(nothing(), 5 as Anything),
      `collectBytes: ${object}{ maxBytes: … }, got 5`,
    ],
  ] as const)('are refused that are none: %s', async (_, call, message) => {
    expect(await refusal(call)).toBe(message);
  });

  const signal =
    'expected an AbortSignal (pass the .signal of the controller), got an AbortController';
  it.each([
    [
      'a controller for a signal',
      () => version({ signal: new AbortController() }),
      `${rpc}signal: ${signal}`,
    ],
    [
      'a controller for that of a fan-out',
      () => talos.nodes().each(async () => 1, { signal: new AbortController() } as Anything),
      `each: signal: ${signal}`,
    ],
    [
      'a controller for that of a merge',
      () => talos.nodes().merge(nothing, { signal: new AbortController() } as Anything),
      `merge: signal: ${signal}`,
    ],
    [
      'text for a signal',
      () => version({ signal: 'abort' }),
      `${rpc}signal: expected an AbortSignal, got a string`,
    ],
    [
      'null for a signal',
      () => version({ signal: null }),
      `${rpc}signal: expected an AbortSignal, got null`,
    ],
    [
      'text for a function',
      () => version({ onTrailers: 'log' }),
      `${rpc}onTrailers: expected a function, got a string`,
    ],
    [
      'text for metadata',
      () => version({ metadata: 'a=b' }),
      `${rpc}metadata: expected an object, got a string`,
    ],
    [
      'text for a duration',
      () => version({ timeoutMs: '5' }),
      'timeoutMs must be a number of milliseconds above 0',
    ],
    [
      'text for endpoints',
      () => connect({ endpoints: '10.0.0.1' }),
      "createTalosClient: endpoints: expected a list of strings such as ['10.0.0.2'], or a function, got a string",
    ],
    [
      'numbers for endpoints',
      () => connect({ endpoints: [5] }),
      'createTalosClient: endpoints: expected a list of strings',
    ],
    [
      'text for nodes',
      () => connect({ nodes: '10.0.0.1' }),
      "createTalosClient: nodes: expected a list of strings such as ['10.0.0.2'], got a string",
    ],
    [
      'a node with a port',
      () => connect({ nodes: ['10.0.0.1:50000'] }),
      'node "10.0.0.1:50000" must be a bare address',
    ],
    [
      'what is no transport',
      () => createTalosClient({ transport: {} } as Anything),
      'createTalosClient: transport: expected a transport, got an object',
    ],
    [
      'a number for keepalive',
      () => connect({ keepalive: 5000 }),
      'createTalosClient: keepalive: expected an object, got 5000',
    ],
    [
      'text for a limit',
      () => collectBytes(nothing(), { maxBytes: '5' } as Anything),
      'collectBytes: maxBytes: expected a number, got a string',
    ],
    [
      'text for how many at once',
      () => talos.nodes().each(async () => 1, { concurrency: '2' } as Anything),
      'concurrency must be at least 1',
    ],
    [
      'one node for many',
      () =>
        streamAggregated(talos, { path: '/a/b' } as Anything, {}, {
          nodes: '10.5.0.2',
        } as Anything),
      "a/b: nodes: expected a list of strings such as ['10.0.0.2'], got a string",
    ],
    [
      'no function for each',
      () => talos.nodes().each(undefined as Anything),
      'each: run: expected a function of a node, got undefined',
    ],
    [
      'no function for merge',
      () => talos.nodes().merge(nothing() as Anything),
      'merge: run: expected a function of a node, got an AsyncGenerator',
    ],
    ['credentials without any', () => mtls({} as Anything), 'cert: is missing'],
  ] as const)('of the wrong kind are refused: %s', async (_, call, message) => {
    expect(await refusal(call)).toContain(message);
  });

  it('show nothing that may be secret', async () => {
    const secret = 'hunter2';
    const messages = [
      await refusal(() => mtls({ ca: secret, cert: secret, key: secret })),
      await refusal(() => mtls(secret as Anything)),
      await refusal(() => basicAuth({ username: 'a', password: 5, token: secret } as Anything)),
      await refusal(() => connect({ credentials: secret })),
      await refusal(() => connect({ metadata: secret })),
      await refusal(() => version({ metadata: { authorization: `${secret}\n` } })),
    ];
    expect(messages.join('\n')).not.toContain(secret);
  });

  it('that are undefined are as if left out', async () => {
    const { version: found } = await version({ signal: undefined, timeoutMs: undefined });
    expect(found?.tag).toBe('v1.14.0');
  });

  it('may be an object of a class, or have no prototype', async () => {
    class Mine {
      timeoutMs = 5000;
    }
    await version(new Mine());
    await version(Object.assign(Object.create(null), { timeoutMs: 5000 }));
  });

  it('are taken by transport and by client at once, as when a transport is wrapped', () => {
    const options = { endpoints: ['10.0.0.1'], credentials: plaintext() };
    const transport = grpcTransport(options);
    expect(createTalosClient({ ...options, transport }).endpoints).toEqual(['10.0.0.1:50000']);
  });
});

describe('a target', () => {
  const due = 'a target is talos.node(address) or the client, not a value of type';
  it.each([
    ['an address', () => services('10.0.0.2' as Anything), `${due} string`],
    [
      'a set of nodes',
      () => services(talos.nodes() as Anything),
      'a set of nodes is no target: call what is meant for one node in its each or merge',
    ],
    ['nothing', () => services(undefined as Anything), `${due} undefined`],
    [
      'an address for many',
      () => callAggregated('a' as Anything, systemMethods.version, {}, { nodes: ['a'] }),
      `${due} string`,
    ],
  ] as const)('cannot be %s', async (_, call, message) => {
    expect(await refusal(call)).toBe(message);
  });
});

describe('nodes', () => {
  it.each([
    ['a number', () => talos.node(5 as Anything), 'node 5 must be text, such as "10.0.0.2"'],
    ['nothing', () => talos.node(undefined as Anything), 'node undefined must be text'],
    ['empty', () => talos.node(''), 'node "" is empty'],
    ['two in one', () => talos.node('a,b'), 'node "a,b" must be a single address'],
    [
      'text for a list',
      () => talos.nodes('10.0.0.2' as Anything),
      "nodes: expected a list such as ['10.0.0.2'], got a string",
    ],
    ['a number for a list', () => talos.nodes(5 as Anything), 'nodes: expected a list'],
    ['numbers in a list', () => talos.nodes([5] as Anything), 'node 5 must be text'],
    ['two in one of a list', () => talos.nodes(['10.0.0.2,10.0.0.3']), 'must be a single address'],
  ] as const)('cannot be %s', async (_, call, message) => {
    expect(await refusal(call)).toContain(message);
  });

  it('that are named twice are called once', async () => {
    const called: string[] = [];
    const twice = ['10.5.0.3', '10.5.0.2', '10.5.0.3'];
    const results = await talos.nodes(twice).each(async ({ address }) => called.push(address));
    expect(called).toEqual(['10.5.0.3', '10.5.0.2']);
    expect(results.map(({ node }) => node)).toEqual(['10.5.0.3', '10.5.0.2']);
  });

  it('are the same by IP address, or by name in any case', () => {
    const addresses = ['fd00::1', 'FD00:0:0::1', 'fe80::1%eth0', 'fe80::1%eth1', 'CP-1', 'cp-1'];
    expect(talos.nodes(new Set(addresses)).addresses).toEqual([
      'fd00::1',
      'fe80::1%eth0',
      'fe80::1%eth1',
      'CP-1',
    ]);
    expect(connect({ nodes: ['cp-1', 'CP-1'] }).nodes().addresses).toEqual(['cp-1']);
  });
});
