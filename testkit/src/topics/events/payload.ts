import type { Init } from 'talos-client';
import { type Encode, toBytes } from 'talos-client/wire';
import type {
  AddressEvent,
  ConfigLoadErrorEvent,
  ConfigValidationErrorEvent,
  MachineStatusEvent,
  PhaseEvent,
  RestartEvent,
  SequenceEvent,
  ServiceStateEvent,
  TaskEvent,
} from '../../../generated/events.js';
import {
  encodeAddressEvent,
  encodeConfigLoadErrorEvent,
  encodeConfigValidationErrorEvent,
  encodeMachineStatusEvent,
  encodePhaseEvent,
  encodeRestartEvent,
  encodeSequenceEvent,
  encodeServiceStateEvent,
  encodeTaskEvent,
} from '../../../generated/events.js';
import type { Any } from '../../../generated/shared.js';

/** What an event tells: one of the nine payloads, with the names that `decodeEvent` gives them. */
export type EventInit =
  | { readonly case: 'sequence'; readonly value: Init<SequenceEvent> }
  | { readonly case: 'phase'; readonly value: Init<PhaseEvent> }
  | { readonly case: 'task'; readonly value: Init<TaskEvent> }
  | { readonly case: 'serviceState'; readonly value: Init<ServiceStateEvent> }
  | { readonly case: 'configLoadError'; readonly value: Init<ConfigLoadErrorEvent> }
  | { readonly case: 'configValidationError'; readonly value: Init<ConfigValidationErrorEvent> }
  | { readonly case: 'address'; readonly value: Init<AddressEvent> }
  | { readonly case: 'machineStatus'; readonly value: Init<MachineStatusEvent> }
  | { readonly case: 'restart'; readonly value: Init<RestartEvent> };

/** The payload as events carry it; its type URLs are Talos' own. */
export function packPayload(payload: EventInit): Any {
  switch (payload.case) {
    case 'sequence':
      return pack('SequenceEvent', encodeSequenceEvent, payload.value);
    case 'phase':
      return pack('PhaseEvent', encodePhaseEvent, payload.value);
    case 'task':
      return pack('TaskEvent', encodeTaskEvent, payload.value);
    case 'serviceState':
      return pack('ServiceStateEvent', encodeServiceStateEvent, payload.value);
    case 'configLoadError':
      return pack('ConfigLoadErrorEvent', encodeConfigLoadErrorEvent, payload.value);
    case 'configValidationError':
      return pack('ConfigValidationErrorEvent', encodeConfigValidationErrorEvent, payload.value);
    case 'address':
      return pack('AddressEvent', encodeAddressEvent, payload.value);
    case 'machineStatus':
      return pack('MachineStatusEvent', encodeMachineStatusEvent, payload.value);
    case 'restart':
      return pack('RestartEvent', encodeRestartEvent, payload.value);
  }
}

function pack<T>(name: string, encode: Encode<T>, value: NoInfer<T>): Any {
  return { typeUrl: `talos/runtime/machine.${name}`, value: toBytes(encode, value) };
}
