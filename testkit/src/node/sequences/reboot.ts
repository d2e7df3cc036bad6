import type { RebootRequest_Mode } from '../../../generated/lifecycle.js';
import type { Machine } from '../../base/machine.js';
import { type PowerCommand, restart } from './power.js';
import { type Phase, phase, type Sequence } from './sequence.js';
import { cleanup, denyNewServices, drain, kexec, releaseDisks, stopEverything } from './stop.js';

/** The last phase: the boot ends in it. */
export function powerPhase(name: 'reboot' | 'shutdown', command: PowerCommand): Phase {
  return phase(name, {
    name,
    run: (machine: Machine) => {
      restart(machine, command);
      return undefined;
    },
  });
}

/** How to restart, and the phase that prepares it. */
export function restartPhases(powercycle: boolean): {
  readonly prepare: readonly Phase[];
  readonly end: Phase;
} {
  return powercycle
    ? { prepare: [], end: powerPhase('reboot', 'reboot') }
    : { prepare: [kexec], end: powerPhase('reboot', 'kexec') };
}

/** Ends everything and boots again. */
export function reboot(mode: RebootRequest_Mode): Sequence {
  const { prepare, end } = restartPhases(mode === 'POWERCYCLE');
  return {
    name: 'reboot',
    stage: 'REBOOTING',
    phases: [
      // A forced reboot does not wait for pods to end.
      ...(mode === 'FORCE' ? [] : cleanup),
      denyNewServices,
      ...releaseDisks,
      stopEverything,
      ...prepare,
      end,
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
      ...cleanup,
      denyNewServices,
      ...releaseDisks,
      stopEverything,
      powerPhase('shutdown', 'power-off'),
    ],
  };
}
