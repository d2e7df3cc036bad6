import type { RebootRequest_Mode } from '../../../generated/lifecycle.js';
import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { type PowerCommand, restart } from './power.js';
import { type Phase, phase, type Sequence } from './sequence.js';
import { cleanup, close, drain, stopAllPhases } from './stop.js';

/** The last phase: the boot ends in it. */
export function powerPhase(name: 'reboot' | 'shutdown', command: PowerCommand): Phase {
  return phase(name, {
    name,
    *run(machine: Machine): Script {
      // The API is still up when nothing was stopped before.
      if (machine.isApiUp) yield* close(machine);
      restart(machine, command);
    },
  });
}

/** Ends everything and boots again. A forced reboot waits for nothing to end. */
export function reboot(mode: RebootRequest_Mode): Sequence {
  const orderly = mode !== 'FORCE';
  return {
    name: 'reboot',
    stage: 'REBOOTING',
    phases: [
      ...(orderly ? [...cleanup(), ...stopAllPhases(true)] : []),
      powerPhase('reboot', mode === 'DEFAULT' ? 'kexec' : 'reboot'),
    ],
  };
}

/** Ends everything and turns the machine off. */
export function shutdown(force: boolean): Sequence {
  return {
    name: 'shutdown',
    stage: 'SHUTTING_DOWN',
    phases: [
      phase('storeShutdown', 'storeShutdownEmergency'),
      ...(force ? [] : [drain]),
      ...cleanup(),
      ...stopAllPhases(false),
      powerPhase('shutdown', 'power-off'),
    ],
  };
}
