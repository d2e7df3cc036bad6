import { expect, it } from 'vitest';
import { type DecodedEvent, decodeEvent } from '../../src/events/index.js';
import { type Encode, toBytes } from '../../src/runtime/codec.js';
import * as writers from '../../testkit/generated/events.js';

function event(typeUrl: string, value: Uint8Array): DecodedEvent {
  return decodeEvent({
    id: 'cq1u1bk0vhcs73e1hrag',
    actorId: 'actor',
    metadata: undefined,
    data: { typeUrl, value },
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a table over messages that have nothing in common.
const payloads: [string, string, Encode<any>, object][] = [
  [
    'SequenceEvent',
    'sequence',
    writers.encodeSequenceEvent,
    { sequence: 'reboot', action: 'START' },
  ],
  ['PhaseEvent', 'phase', writers.encodePhaseEvent, { phase: 'cleanup', action: 'STOP' }],
  ['TaskEvent', 'task', writers.encodeTaskEvent, { task: 'stopAllServices', action: 'START' }],
  ['ServiceStateEvent', 'serviceState', writers.encodeServiceStateEvent, { service: 'etcd' }],
  ['ConfigLoadErrorEvent', 'configLoadError', writers.encodeConfigLoadErrorEvent, { error: 'no' }],
  [
    'ConfigValidationErrorEvent',
    'configValidationError',
    writers.encodeConfigValidationErrorEvent,
    { error: 'no' },
  ],
  ['AddressEvent', 'address', writers.encodeAddressEvent, { hostname: 'cp-1' }],
  ['MachineStatusEvent', 'machineStatus', writers.encodeMachineStatusEvent, { stage: 'RUNNING' }],
  ['RestartEvent', 'restart', writers.encodeRestartEvent, { cmd: 1n }],
];

it.each(payloads)('a %s is decoded by its Talos type URL', (name, kind, encode, value) => {
  expect(event(`talos/runtime/machine.${name}`, toBytes(encode, value))).toMatchObject({
    id: 'cq1u1bk0vhcs73e1hrag',
    actorId: 'actor',
    payload: { case: kind, value },
  });
});

it('the greeting is told apart, with an empty payload or none', () => {
  expect(event('', new Uint8Array()).payload).toEqual({ case: 'hello' });
  const bare = decodeEvent({ id: '', actorId: '', metadata: undefined, data: undefined });
  expect(bare.payload).toEqual({ case: 'hello' });
});

it('a payload of a newer Talos is kept as it came', () => {
  const value = new Uint8Array([1, 2]);
  expect(event('talos/runtime/machine.NewEvent', value).payload).toEqual({
    case: 'unknown',
    value: { typeUrl: 'talos/runtime/machine.NewEvent', value },
  });
});

it('a malformed payload is a typed error', () => {
  expect(() => event('talos/runtime/machine.PhaseEvent', new Uint8Array([0x0a, 0x05]))).toThrow(
    expect.objectContaining({ code: 'protocol' }),
  );
});
