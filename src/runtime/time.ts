/** `google.protobuf.Timestamp`: seconds since 1970 and nanoseconds. */
export interface TimestampLike {
  readonly seconds?: bigint | undefined;
  readonly nanos?: number | undefined;
}

/** `google.protobuf.Duration`: seconds and nanoseconds of the same sign. */
export type DurationLike = TimestampLike;

/** The `Date` of a timestamp. Fractions of a millisecond are cut off. */
export function toDate(timestamp: TimestampLike): Date {
  return new Date(toMs(timestamp));
}

/** A duration in milliseconds, with fractions. For a timestamp: the time since 1970. */
export function toMs({ seconds = 0n, nanos = 0 }: DurationLike): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}

/** The longest `google.protobuf.Duration`, of either sign: about 10,000 years. */
const LONGEST_SECONDS = 315_576_000_000;

/**
 * The duration of `ms` milliseconds, for request fields such as `waitTimeout`. It is exact to the
 * nanosecond; seconds and nanoseconds have the same sign, as `google.protobuf.Duration` requires.
 *
 * @throws {RangeError} when `ms` is not a finite number, or is beyond the 315,576,000,000 seconds
 * that a duration can hold.
 */
export function fromMs(ms: number): { seconds: bigint; nanos: number } {
  if (!Number.isFinite(ms)) throw new RangeError(`${ms} is no duration in milliseconds`);
  let seconds = Math.trunc(ms / 1000);
  let nanos = Math.round((ms - seconds * 1000) * 1e6);
  if (Math.abs(nanos) === 1e9) {
    // What rounds up to a second is one.
    seconds += Math.sign(nanos);
    nanos = 0;
  }
  if (Math.abs(seconds) > LONGEST_SECONDS) {
    throw new RangeError(`${ms} ms are longer than a duration can be, ${LONGEST_SECONDS} seconds`);
  }
  // Nothing has no sign.
  return { seconds: BigInt(seconds), nanos: nanos === 0 ? 0 : nanos };
}

/** The timestamp of `date`, exact to the millisecond. */
export function fromDate(date: Date): { seconds: bigint; nanos: number } {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new RangeError('the date is invalid');
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}
