import type { Random } from '../random.js';

/**
 * How long things take on a simulated node, in milliseconds: much less than on a real one, with the
 * proportions kept. Each is a range that the node draws from.
 */
const pace = {
  /** One task of a sequence. */
  task: [8, 25],
  /** A service prepares what it needs. */
  prepare: [15, 50],
  /** A task that has been created is running. */
  start: [20, 60],
  /** The first health check that succeeds. */
  healthy: [40, 120],
  /** A service ends after it was asked to. */
  stop: [20, 60],
  /** From the end of one boot to the begin of the next: firmware, boot loader, kernel. */
  powerCycle: [250, 400],
  /** The same without firmware. */
  kexec: [120, 200],
  /** One line of the installer. */
  installer: [30, 80],
  /** A pod is pulled up. */
  pod: [60, 160],
  /** A pod is ready after it started. */
  podReady: [60, 160],
  /** A pod ends after it was asked to. */
  podStop: [60, 160],
  /** A node is Ready in Kubernetes after its network is. */
  nodeReady: [40, 100],
} as const satisfies Record<string, readonly [number, number]>;

/** Something that takes time. */
export type Pace = keyof typeof pace;

/** Draws how long something takes, in milliseconds. */
export function paceOf(what: Pace, random: Random): number {
  const [min, max] = pace[what];
  return random.int(min, max);
}
