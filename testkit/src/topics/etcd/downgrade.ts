import type { Clock, Timer } from '../../base/time/clock.js';
import { EtcdError } from './errors.js';
import { type EtcdMinor, minorText, sameMinor } from './versions.js';

/** How long the leader takes to notice that a downgrade began or was cancelled. */
const MONITOR_MS = 4_000;

/**
 * The version of an etcd cluster, and its way down to the one before: while a downgrade is on, the
 * cluster and its data take the older form, so that an older release can be started.
 */
export class Downgrade {
  readonly #clock: Clock;
  readonly #newest: () => EtcdMinor;
  readonly #onChange: () => void;
  /** What a downgrade has come to; absent when the members say. */
  #lowered: EtcdMinor | undefined;
  #target: EtcdMinor | undefined;
  #timer: Timer | undefined;

  /** `newest` gives the release that all members run at least. */
  constructor(clock: Clock, newest: () => EtcdMinor, onChange: () => void) {
    this.#clock = clock;
    this.#newest = newest;
    this.#onChange = onChange;
  }

  /** The version of the cluster and of its data. */
  get version(): EtcdMinor {
    return this.#lowered ?? this.#newest();
  }

  /** Where a downgrade goes; absent when there is none. */
  get target(): EtcdMinor | undefined {
    return this.#target;
  }

  /**
   * Checks whether the cluster can go to a version; gives the one it has.
   *
   * @throws {EtcdError} when it is not the one before, or a downgrade is on already.
   */
  validate(target: EtcdMinor): string {
    const [major, minor] = this.version;
    if (!sameMinor(target, [major, minor - 1])) throw new EtcdError('downgradeTarget');
    if (this.#target !== undefined) throw new EtcdError('downgradeRunning');
    return minorText(this.version);
  }

  /** Begins a downgrade; throws as `validate` does. */
  enable(target: EtcdMinor): string {
    const version = this.validate(target);
    this.#target = target;
    this.#become(target);
    return version;
  }

  /**
   * Ends a downgrade.
   *
   * @throws {EtcdError} when there is none.
   */
  cancel(): string {
    if (this.#target === undefined) throw new EtcdError('noDowngrade');
    this.#target = undefined;
    const version = minorText(this.version);
    this.#become(undefined);
    return version;
  }

  #become(version: EtcdMinor | undefined): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(MONITOR_MS, () => {
      this.#lowered = version;
      this.#onChange();
    });
  }
}
