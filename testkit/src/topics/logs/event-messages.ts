import type { RuntimeEvent } from '../events/events.js';

/** What Talos writes to its log and to the kernel's when an event happens. Nothing for some. */
export function eventMessages({ payload }: RuntimeEvent): readonly string[] {
  switch (payload.case) {
    case 'sequence': {
      const { sequence = '', action, error } = payload.value;
      if (error?.message) return [`[talos] ${sequence} sequence: failed: ${error.message}`];
      if (action === 'NOOP') return [];
      return [`[talos] ${sequence} sequence: ${action === 'STOP' ? 'done' : 'starting'}`];
    }
    case 'phase': {
      const { phase = '', action } = payload.value;
      return [`[talos] phase ${phase}: ${action === 'STOP' ? 'done' : 'starting'}`];
    }
    case 'task': {
      const { task = '', action } = payload.value;
      return [`[talos] task ${task}: ${action === 'STOP' ? 'done' : 'starting'}`];
    }
    case 'serviceState': {
      const { service = '', action, message = '' } = payload.value;
      return [`[talos] service[${service}](${stateName(String(action))}): ${message}`];
    }
    case 'machineStatus': {
      const { stage, status } = payload.value;
      const ready = status?.ready === true ? 'ready' : 'not ready';
      return [`[talos] machine is ${String(stage).toLowerCase().replace('_', ' ')} and ${ready}`];
    }
    case 'address': {
      const { addresses = [] } = payload.value;
      return [`[talos] addresses: ${addresses.join(', ')}`];
    }
    case 'configLoadError':
    case 'configValidationError':
      return [`[talos] configuration is not valid: ${payload.value.error ?? ''}`];
    case 'restart':
      return ['[talos] restarting the machine'];
  }
}

/** `RUNNING` as services are shown with: `Running`. */
function stateName(action: string): string {
  return action.charAt(0) + action.slice(1).toLowerCase();
}
