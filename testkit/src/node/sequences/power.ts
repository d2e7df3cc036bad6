import type { Machine } from '../../base/machine.js';
import { paceOf } from '../../base/time/pace.js';
import { sequences } from './sequences.js';

/** How a boot ends: by a reboot, by one that skips the firmware, or for good. */
export type PowerCommand = 'reboot' | 'kexec' | 'power-off';

/** The numbers of the kernel's reboot call. */
const commands: Readonly<Record<PowerCommand, bigint>> = {
  reboot: 0x1234567n,
  kexec: 0x45584543n,
  'power-off': 0x4321fedcn,
};

/** Ends the boot of a node; unless powered off it boots again after a while. */
export function restart(machine: Machine, command: PowerCommand): void {
  machine.state(sequences).emitRestart(commands[command]);
  const random = machine.random.fork(`power/${machine.boots}`);
  machine.halt('shutdown');
  if (command === 'power-off') return;
  const delay = paceOf(command === 'kexec' ? 'kexec' : 'powerCycle', random);
  machine.cluster.clock.setTimer(delay, () => machine.boot());
}
