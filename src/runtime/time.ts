/** `google.protobuf.Timestamp`: seconds since 1970 and nanoseconds. */
export interface TimestampLike {
  readonly seconds?: bigint | undefined;
  readonly nanos?: number | undefined;
}

/** `google.protobuf.Duration`: seconds and nanoseconds of the same sign. */
export type DurationLike = TimestampLike;

/** The `Date` of a timestamp; nanoseconds below a millisecond are cut off. */
export function toDate(timestamp: TimestampLike): Date {
  return new Date(toMs(timestamp));
}

/** A duration, or the time since 1970 of a timestamp, in milliseconds, with fractions. */
export function toMs({ seconds = 0n, nanos = 0 }: DurationLike): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}

/**
 * The duration of `ms` milliseconds, for request fields such as `waitTimeout`.
 *
 * @throws {RangeError} when `ms` is no finite number.
 */
export function fromMs(ms: number): { seconds: bigint; nanos: number } {
  if (!Number.isFinite(ms)) throw new RangeError(`${ms} is no duration in milliseconds`);
  const seconds = Math.trunc(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** The timestamp of `date`, to the millisecond. */
export function fromDate(date: Date): { seconds: bigint; nanos: number } {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new RangeError('the date is invalid');
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}
