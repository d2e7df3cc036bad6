import type { Machine } from '../../base/machine.js';
import { meta } from './meta.js';

/** The META tag that holds a UUID in the place of that of the firmware. */
const UUID_OVERRIDE = 15;

/** The id of the installation, 32 hexadecimal digits. */
export function machineIdOf({ random }: Machine): string {
  return random.fork('machine-id').hex(32);
}

/** The UUID of the machine. */
export function systemUuidOf(machine: Machine): string {
  return machine.state(meta).read(UUID_OVERRIDE) ?? machine.random.fork('system-uuid').uuid();
}
