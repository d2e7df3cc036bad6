import { flag, oneOf } from '../../runtime/arguments/kinds.js';
import type { Kind, Shape } from '../../runtime/arguments/options.js';
import type { RollingPlan } from './plan.js';

/**
 * The steps of `rolling`.
 *
 * - `plan`: the nodes are asked what they are
 * - `check etcd`: whether it goes on without a control plane
 * - `roll`: something is done to a node; `node` names it
 * - `wait for etcd`: the member of the node catches up
 */
export type RollingStep = 'plan' | 'check etcd' | 'roll' | 'wait for etcd';

/** How nodes are taken one after the other. */
export interface RollingSettings {
  /** How many workers are taken at a time. Control planes are always taken one at a time. Default: 1. */
  readonly waveSize?: number | undefined;
  /**
   * Whether a control plane is taken although etcd would not go on without it, or is not healthy:
   * `ignore`. Default: `guard`.
   */
  readonly etcd?: 'guard' | 'ignore' | undefined;
  /** Whether only the plan is made. Default: no. */
  readonly dryRun?: boolean | undefined;
}

/** How many nodes are taken at a time. */
const count: Kind = (value) =>
  Number.isInteger(value) && Number(value) >= 1 ? undefined : 'a whole number from 1 on';

export const rollingSettingsShape: Shape<RollingSettings> = {
  waveSize: count,
  etcd: oneOf('guard', 'ignore'),
  dryRun: flag,
};

/** What `rolling` did. */
export interface RollingResult<Result> {
  /** The nodes in the order in which they are taken, wave for wave. */
  readonly plan: RollingPlan;
  /** What the step gave for each node, in the order in which they ended; none with `dryRun`. */
  readonly done: readonly RollingDone<Result>[];
}

/** A node that is done. */
export interface RollingDone<Result> {
  readonly node: string;
  readonly result: Result;
}

/** The default time of what takes many nodes. */
export const DAY_MS = 86_400_000;
