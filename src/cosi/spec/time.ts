import type { TimestampLike } from '../../runtime/time.js';

/** RFC 3339 in UTC to the nanosecond, as Go writes it; `''` when there is no time. */
export function timeText(time: TimestampLike | undefined): string {
  if (time === undefined) return '';
  const { seconds = 0n, nanos = 0 } = time;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const text = date.toISOString().replace('.000Z', '');
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return `${text}${fraction === '' ? '' : `.${fraction}`}Z`;
}
