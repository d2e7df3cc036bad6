import type { TimestampLike } from '../../runtime/time.js';

/** The year 1, which Go has where no time is set. */
const UNSET = -62_135_596_800n;

/**
 * RFC 3339 in UTC to the nanosecond, as Go writes it; `''` when there is no time, or one that no
 * calendar has.
 */
export function timeText(time: TimestampLike | undefined): string {
  const { seconds = 0n, nanos = 0 } = time ?? { seconds: UNSET };
  const date = new Date(Number(seconds) * 1000);
  if ((seconds === UNSET && nanos === 0) || Number.isNaN(date.getTime())) return '';
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return date.toISOString().replace('.000Z', `${fraction === '' ? '' : `.${fraction}`}Z`);
}

/** As `timeText`, of a time as YAML has it, in any zone. Absent for what is no time. */
export function timeTextOf(text: string): string | undefined {
  const [, whole = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${whole.replace(' ', 'T')}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return timeText({ seconds: BigInt(ms) / 1000n, nanos: Number(fraction.padEnd(9, '0')) });
}
