import {
  type AddressEvent,
  type ConfigLoadErrorEvent,
  type ConfigValidationErrorEvent,
  decodeAddressEvent,
  decodeConfigLoadErrorEvent,
  decodeConfigValidationErrorEvent,
  decodeMachineStatusEvent,
  decodePhaseEvent,
  decodeRestartEvent,
  decodeSequenceEvent,
  decodeServiceStateEvent,
  decodeTaskEvent,
  type Event,
  type MachineStatusEvent,
  type PhaseEvent,
  type RestartEvent,
  type SequenceEvent,
  type ServiceStateEvent,
  type TaskEvent,
} from '../../generated/messages/events.js';
import type { Any } from '../../generated/messages/shared.js';
import { type Decode, fromBytes } from '../runtime/codec.js';

/**
 * What an event tells, by the kind of its payload.
 *
 * `hello` is the greeting that starts every stream and tells that the subscription is active.
 * `unknown` is a payload of a newer Talos, as it came.
 */
export type EventPayload =
  | { readonly case: 'hello'; readonly value?: undefined }
  | { readonly case: 'sequence'; readonly value: SequenceEvent }
  | { readonly case: 'phase'; readonly value: PhaseEvent }
  | { readonly case: 'task'; readonly value: TaskEvent }
  | { readonly case: 'serviceState'; readonly value: ServiceStateEvent }
  | { readonly case: 'configLoadError'; readonly value: ConfigLoadErrorEvent }
  | { readonly case: 'configValidationError'; readonly value: ConfigValidationErrorEvent }
  | { readonly case: 'address'; readonly value: AddressEvent }
  | { readonly case: 'machineStatus'; readonly value: MachineStatusEvent }
  | { readonly case: 'restart'; readonly value: RestartEvent }
  | { readonly case: 'unknown'; readonly value: Any };

/** An event with its payload decoded. */
export interface DecodedEvent {
  /** Id of the event: sortable by time, and what `tailId` takes to resume after it. */
  readonly id: string;
  /**
   * Id of the action the event belongs to, as `reboot` and its like return it. Empty for events of
   * no action: machine status, addresses, most service states, and refusals with LOCKED.
   */
  readonly actorId: string;
  readonly payload: EventPayload;
}

/**
 * Decodes the payload of an event.
 *
 * Talos packs payloads with type URLs of its own (`talos/runtime/machine.PhaseEvent`), which
 * generic decoders of `google.protobuf.Any` do not know. A payload that this version of the library does
 * not know is no error.
 *
 * @example
 * ```ts
 * for await (const event of events(node).watch({ tailEvents: 10 })) {
 *   const { payload } = decodeEvent(event);
 *   if (payload.case === 'machineStatus') console.log(payload.value.stage);
 * }
 * ```
 * @throws {TalosProtocolError} when a payload of a known type is malformed.
 */
export function decodeEvent({ id, actorId, data }: Event): DecodedEvent {
  return { id, actorId, payload: payloadOf(data) };
}

function payloadOf(data: Any | undefined): EventPayload {
  if (data === undefined || data.typeUrl === '') return { case: 'hello' };
  const value = <T>(decode: Decode<T>): T => fromBytes(decode, data.value);
  switch (data.typeUrl.slice(data.typeUrl.lastIndexOf('/') + 1)) {
    case 'machine.SequenceEvent':
      return { case: 'sequence', value: value(decodeSequenceEvent) };
    case 'machine.PhaseEvent':
      return { case: 'phase', value: value(decodePhaseEvent) };
    case 'machine.TaskEvent':
      return { case: 'task', value: value(decodeTaskEvent) };
    case 'machine.ServiceStateEvent':
      return { case: 'serviceState', value: value(decodeServiceStateEvent) };
    case 'machine.ConfigLoadErrorEvent':
      return { case: 'configLoadError', value: value(decodeConfigLoadErrorEvent) };
    case 'machine.ConfigValidationErrorEvent':
      return { case: 'configValidationError', value: value(decodeConfigValidationErrorEvent) };
    case 'machine.AddressEvent':
      return { case: 'address', value: value(decodeAddressEvent) };
    case 'machine.MachineStatusEvent':
      return { case: 'machineStatus', value: value(decodeMachineStatusEvent) };
    case 'machine.RestartEvent':
      return { case: 'restart', value: value(decodeRestartEvent) };
    default:
      return { case: 'unknown', value: data };
  }
}
