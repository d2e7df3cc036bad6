import type { Init } from 'talos-client';
import type { LoadAvg } from '../../../generated/system.js';
import type { Machine } from '../../base/machine.js';
import { uptimeOf, waveOf } from '../../base/time/wave.js';
import { BUSY_SHARE, CORES } from './cpu.js';

/** How many tasks wanted to run, on average over the last 1, 5 and 15 minutes. */
export function loadOf(machine: Machine): Init<LoadAvg> {
  return {
    load1: average(machine, 60),
    load5: average(machine, 300),
    load15: average(machine, 900),
  };
}

/** The average begins at 0 when a node is booted, and needs its time to come up. */
function average(machine: Machine, seconds: number): number {
  const wave = waveOf(machine, 'load');
  const now = uptimeOf(machine);
  const waiting = (wave.sum(now) - wave.sum(Math.max(0, now - seconds))) / seconds;
  return Math.round(waiting * BUSY_SHARE * CORES * 100) / 100;
}
