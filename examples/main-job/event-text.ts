import type { EventPayload } from 'talos-client/events';

/** What an event is told as; nothing for those that are too many to tell. */
export function eventText(payload: EventPayload): string | undefined {
  switch (payload.case) {
    case 'sequence': {
      const { sequence, action, error } = payload.value;
      return error === undefined
        ? `sequence ${sequence}: ${action}`
        : `sequence ${sequence} failed: ${error.message}`;
    }
    case 'phase':
      return payload.value.action === 'START' ? `phase ${payload.value.phase}` : undefined;
    case 'serviceState': {
      const { service, action } = payload.value;
      const told = action === 'RUNNING' || action === 'FINISHED' || action === 'FAILED';
      return told ? `service ${service}: ${action}` : undefined;
    }
    case 'machineStatus': {
      const { stage, status } = payload.value;
      return `stage ${stage}, ${status?.ready ? 'ready' : 'not ready'}`;
    }
    default:
      return undefined;
  }
}
