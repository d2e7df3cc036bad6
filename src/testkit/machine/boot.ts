import type { Machine } from './machine.js';

/** What happens when a node is turned on. */
export function startBoot(machine: Machine): void {
  machine.setStage('BOOTING');
  settle(machine);
}

/** Puts a node where its boot ends: running, or waiting for its configuration. */
export function settle(machine: Machine): void {
  machine.setStage(machine.inMaintenance ? 'MAINTENANCE' : 'RUNNING');
}
