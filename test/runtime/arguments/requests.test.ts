import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster as health } from '../../../generated/features/cluster.js';
import { configuration } from '../../../generated/features/configuration.js';
import { debug } from '../../../generated/features/debug.js';
import { etcd } from '../../../generated/features/etcd.js';
import { images } from '../../../generated/features/images.js';
import { lifecycle, lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { logs } from '../../../generated/features/logs.js';
import { resources } from '../../../generated/features/resources.js';
import { storage } from '../../../generated/features/storage.js';
import { callAggregated, collect, type TalosNode, text } from '../../../src/index.js';

// What a program in JavaScript may pass, which no type has looked at.

let cluster: SimulatedCluster;
let node: TalosNode;

beforeAll(async () => {
  cluster = await simulateCluster();
  node = cluster.client().node('10.5.0.2');
});

afterAll(() => cluster.close());

/** How many messages of clients the nodes have got. */
const messages = () => [...cluster.journal].reduce((sum, { requests }) => sum + requests, 0);

/** How the call ends; no message must reach the node. A stream may have been opened. */
async function refusal(call: () => unknown): Promise<{ message: string; field: string }> {
  const before = messages();
  const error = await Promise.resolve()
    .then(call)
    .then(
      (value) => ({ message: `no error, but ${JSON.stringify(value)}` }),
      (reason: unknown) => reason,
    );
  expect(error).toMatchObject({ name: 'TalosConfigError', code: 'config' });
  expect(messages()).toBe(before);
  return error as { message: string; field: string };
}

// biome-ignore lint/suspicious/noExplicitAny: as JavaScript calls it.
const untyped = (client: object): Record<string, (...args: unknown[]) => any> => client as never;

const whole = { graceful: true, reboot: true, mode: 'ALL', systemPartitionsToWipe: [] };
const reset = (request?: unknown) => untyped(lifecycle(node)).reset?.(request);

describe('what must be stated', () => {
  it.each([
    ['graceful', 'would wipe the node without draining it or leaving etcd'],
    ['reboot', 'would power the node off'],
    ['mode', 'would wipe all disks: the system disk and the user disks listed'],
    ['systemPartitionsToWipe', 'would wipe the whole system disk'],
  ])('is asked for: %s of a reset, with what leaving it out would do', async (field, without) => {
    const error = await refusal(() => reset({ ...whole, [field]: undefined }));
    expect(error).toMatchObject({
      message: `machine.MachineService/Reset: request.${field} must be stated: left out, it ${without}`,
      field,
    });
  });

  it('is asked for when there is no request at all', async () => {
    expect((await refusal(() => reset())).message).toContain('request.graceful must be stated');
    expect((await refusal(() => reset({}))).message).toContain('request.graceful must be stated');
  });

  it('is asked for inside of other fields, and in each entry of a list', async () => {
    const containerd = { driver: 'CRI' };
    const pull = () => collect(untyped(images(node)).pull?.({ containerd, imageRef: 'x' }));
    expect(await refusal(pull)).toMatchObject({ field: 'containerd.namespace' });
    const without = () => collect(untyped(images(node)).pull?.({ imageRef: 'x' }));
    expect(await refusal(without)).toMatchObject({ field: 'containerd.driver' });
    const devices = [{ device: 'sdb', method: 'FAST' }, { device: 'sdc' }];
    const wipe = () => untyped(storage(node)).blockDeviceWipe?.({ devices });
    expect(await refusal(wipe)).toMatchObject({ field: 'devices[1].method' });
  });

  it('is asked for in calls that are passed on to several nodes', async () => {
    const options = { nodes: ['10.5.0.2'] };
    const call = () => callAggregated(node, lifecycleMethods.reset, {}, options);
    expect(await refusal(call)).toMatchObject({ field: 'graceful' });
  });

  it('may be the default, once it is stated', async () => {
    const stated = await logs(node).logs({ namespace: 'system', id: 'apid', tailLines: 0 });
    expect(await text(stated)).toBe('');
  });

  it('is at least a request where the RPC acts', async () => {
    const error = await refusal(() => untyped(lifecycle(node)).reboot?.());
    expect(error.message).toBe(
      'machine.MachineService/Reboot: request is missing: {} has all its defaults',
    );
  });
});

describe('a field that a request does not have', () => {
  it.each([
    ['system_partitions_to_wipe', 'did you mean systemPartitionsToWipe?'],
    ['gracefull', 'did you mean graceful?'],
    ['mdoe', 'did you mean mode?'],
    ['everything', 'there are graceful, reboot, systemPartitionsToWipe, userDisksToWipe, mode'],
  ])('is refused: %s; %s', async (key, names) => {
    expect(await refusal(() => reset({ ...whole, [key]: 1 }))).toMatchObject({
      message: `machine.MachineService/Reset: request.${key}: there is no such field; ${names}`,
      field: key,
    });
  });

  it('is told from others although a value is wrong too', async () => {
    const call = () => reset({ ...whole, mode: 'NONE', graceful: 5, userDisks: [] });
    expect((await refusal(call)).message).toContain(
      'there are graceful, reboot, systemPartitionsToWipe, userDisksToWipe, mode',
    );
  });

  it('is refused inside of lists', async () => {
    const systemPartitionsToWipe = [{ label: 'STATE', wipe: true }, { labl: 'EPHEMERAL' }];
    expect(await refusal(() => reset({ ...whole, systemPartitionsToWipe }))).toMatchObject({
      message:
        'machine.MachineService/Reset: request.systemPartitionsToWipe[1].labl: there is no such ' +
        'field; did you mean label?',
      field: 'systemPartitionsToWipe[1].labl',
    });
  });

  it('is refused in messages, in maps and in cases', async () => {
    const create = (request: unknown) => untyped(resources(node)).create?.(request);
    const metadata = { labels: { 'app.kubernetes.io/name': 5 } };
    expect((await refusal(() => create({ resource: { metadata } }))).message).toContain(
      'request.resource.metadata.labels["app.kubernetes.io/name"]: expected a string, got 5',
    );
    expect((await refusal(() => create({ resource: { metadta: {} } }))).message).toContain(
      'request.resource.metadta: there is no such field; did you mean metadata?',
    );
    const spec = { imageName: 'x', profle: 'PROFILE_PRIVILEGED' };
    const run = () =>
      collect(untyped(debug(node)).containerRun?.([{ request: { case: 'spec', value: spec } }]));
    expect((await refusal(run)).message).toContain(
      'request.request.value.profle: there is no such field; did you mean profile?',
    );
  });

  it('is refused where a request has none', async () => {
    const call = () => untyped(etcd(node)).leaveCluster?.({ force: true });
    expect((await refusal(call)).message).toContain('request.force: there is no such field');
  });

  it('is no fault when it is a symbol, or a field without a value', async () => {
    const request = { [Symbol('unknown fields')]: new Uint8Array(), queryLocal: undefined };
    expect((await etcd(node).memberList(request)).members).toHaveLength(1);
  });
});

describe('a wrong kind in a request', () => {
  const remove = (request: unknown) => untyped(etcd(node)).removeMemberById?.(request);
  const apply = (request: unknown) => untyped(configuration(node)).apply?.(request);
  const check = (waitTimeout: unknown) =>
    collect(untyped(health(node)).healthCheck?.({ waitTimeout }));
  const run = (request: unknown) => collect(untyped(debug(node)).containerRun?.([request]));
  const time = ': fromMs(ms) makes a duration, fromDate(date) a timestamp';
  const message = 'expected an object with the fields of the message';

  it.each([
    [
      'empty text for a bigint',
      () => remove({ memberId: '' }),
      '.memberId: expected a bigint, got a string',
    ],
    ['a number for a bigint', () => remove({ memberId: 5 }), '.memberId: expected a bigint, got 5'],
    [
      'null for a bigint',
      () => remove({ memberId: null }),
      '.memberId: expected a bigint, got null',
    ],
    [
      'a bigint for a number',
      () => reset({ ...whole, mode: 5n }),
      '.mode: expected ALL, SYSTEM_DISK, USER_DISKS or a whole number of 32 bits, got 5n',
    ],
    [
      'empty text for a boolean',
      () => reset({ ...whole, graceful: '' }),
      '.graceful: expected a boolean, got a string',
    ],
    [
      '0 for a boolean',
      () => reset({ ...whole, graceful: 0 }),
      '.graceful: expected a boolean, got 0',
    ],
    [
      'text for bytes',
      () => apply({ data: 'machine: {}', mode: 'AUTO' }),
      '.data: expected a Uint8Array, got a string',
    ],
    [
      'empty text for bytes',
      () => apply({ data: '', mode: 'AUTO' }),
      '.data: expected a Uint8Array, got a string',
    ],
    [
      'an empty list for bytes',
      () => apply({ data: [], mode: 'AUTO' }),
      '.data: expected a Uint8Array, got an Array',
    ],
    ['milliseconds for a duration', () => check(5000), `.waitTimeout: ${message}, got 5000${time}`],
    [
      'a date for a duration',
      () => check(new Date()),
      `.waitTimeout: ${message}, got a Date${time}`,
    ],
    [
      'seconds as a number',
      () => check({ seconds: 5 }),
      '.waitTimeout.seconds: expected a bigint, got 5',
    ],
    ['null for a message', () => check(null), `.waitTimeout: ${message}, got null`],
    [
      'text for a list',
      () => reset({ ...whole, userDisksToWipe: 'sdb' }),
      '.userDisksToWipe: expected an array, got a string',
    ],
    [
      'a set for a list',
      () => reset({ ...whole, userDisksToWipe: new Set(['sdb']) }),
      '.userDisksToWipe: expected an array, got a Set',
    ],
    [
      'text for a list of messages',
      () => reset({ ...whole, systemPartitionsToWipe: 'STATE' }),
      '.systemPartitionsToWipe: expected an array, got a string',
    ],
    [
      'text for a message of a list',
      () => reset({ ...whole, systemPartitionsToWipe: ['STATE'] }),
      `.systemPartitionsToWipe[0]: ${message}, got a string`,
    ],
    [
      'a number in a message of a list',
      () => reset({ ...whole, systemPartitionsToWipe: [{ label: 5 }] }),
      '.systemPartitionsToWipe[0].label: expected a string, got 5',
    ],
    ['a list for a message', () => check([]), `.waitTimeout: ${message}, got an Array`],
    [
      'a name that is not one of an enum',
      () => reset({ ...whole, mode: 'SYSTEM_DSK' }),
      '.mode: expected ALL, SYSTEM_DISK, USER_DISKS or a whole number of 32 bits, got "SYSTEM_DSK"; did you mean SYSTEM_DISK?',
    ],
    [
      'a case that is not one',
      () => run({ request: { case: 'stdinDta', value: new Uint8Array() } }),
      '.request.case: expected spec, stdinData, signal, termResize or undefined, got "stdinDta"; did you mean stdinData?',
    ],
    [
      'the value of another case',
      () => run({ request: { case: 'stdinData', value: 'ls' } }),
      '.request.value: expected a Uint8Array, got a string',
    ],
    [
      'a case without its name',
      () => run({ request: { stdinData: new Uint8Array() } }),
      '.request: expected { case, value } with the name of a case, got an object',
    ],
    [
      'text for a case',
      () => run({ request: 'stdinData' }),
      '.request: expected { case, value } with the name of a case, got a string',
    ],
    [
      'text for the request',
      () => untyped(lifecycle(node)).reboot?.('FORCE'),
      `: ${message}, got a string`,
    ],
    [
      'a list for the request',
      () => untyped(lifecycle(node)).reboot?.([]),
      `: ${message}, got an Array`,
    ],
    [
      'a map for the request',
      () => untyped(lifecycle(node)).reboot?.(new Map()),
      `: ${message}, got a Map`,
    ],
    [
      'null for a request without fields',
      () => untyped(etcd(node)).leaveCluster?.(null),
      `: ${message}, got null`,
    ],
    [
      'text for a piece of an upload',
      () => untyped(etcd(node)).recover?.(['text']),
      ': expected a Uint8Array, got a string',
    ],
    [
      'a message for a piece of an upload',
      () => untyped(etcd(node)).recover?.([{ bytes: new Uint8Array() }]),
      ': expected a Uint8Array, got an object',
    ],
  ] as const)('is refused with its place: %s', async (_, call, problem) => {
    const { message: got } = await refusal(call);
    expect(got.slice(got.indexOf(': request') + ': request'.length)).toBe(problem);
  });

  it('is found in requests that are frozen, and through getters', async () => {
    const frozen = Object.freeze({ seconds: 5 });
    expect(await refusal(() => check(frozen))).toMatchObject({ field: 'waitTimeout.seconds' });
    class Wait {
      get seconds() {
        return 5;
      }
    }
    expect(await refusal(() => check(new Wait()))).toMatchObject({ field: 'waitTimeout.seconds' });
  });

  it('is named by its field at least, when the second look finds it right', async () => {
    let looks = 0;
    const odd = {
      get memberId() {
        looks += 1;
        return looks > 4 ? 1n : 'x';
      },
    };
    expect(await refusal(() => remove(odd))).toMatchObject({ field: 'memberId' });
  });

  it('does not show what may be secret', async () => {
    const { message: got } = await refusal(() => apply({ data: 'token: hunter2', mode: 'AUTO' }));
    expect(got).not.toContain('hunter2');
  });
});

it('what came as a reply can go as a request', async () => {
  const { resource } = await resources(node).get({
    namespace: 'runtime',
    type: 'MachineStatuses.runtime.talos.dev',
    id: 'machine',
  });
  if (resource === undefined) throw new Error('no resource');
  // The API refuses to write; the request arrives.
  const error = await resources(node)
    .create({ resource })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'rpc', status: 'permission-denied' });
});
