import { text, wholeFrom } from '../../../runtime/arguments/kinds.js';
import type { Shape } from '../../../runtime/arguments/options.js';
import { type RollFleetSettings, rollFleetShape } from '../clusters/input.js';

/** Where snapshots of etcd are kept. */
export type BackupSettings = {
  /**
   * The folder. Each cluster has one of its own in it, by its name. It is one of the machine that does
   * the step: with several workers, one that they share.
   */
  readonly folder: string;
  /**
   * How many snapshots of a cluster stay: older ones are removed when the new one is there. Only files
   * with names that backups give count. Default: all stay.
   */
  readonly keep?: number | undefined;
};

/** What `backUpEtcd` is run with. `maxFailures` clusters may fail without the run failing; all begin. */
export type BackUpEtcdInput = Pick<
  RollFleetSettings,
  'clusters' | 'clustersAtOnce' | 'maxFailures'
> &
  BackupSettings;

export const backUpEtcdShape: Shape<BackUpEtcdInput> = {
  clusters: rollFleetShape.clusters,
  clustersAtOnce: rollFleetShape.clustersAtOnce,
  maxFailures: rollFleetShape.maxFailures,
  folder: text,
  keep: wholeFrom(1),
};
