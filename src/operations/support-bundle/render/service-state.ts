import type { ServiceInfo } from '../../../../generated/features/services.js';
import { table } from './table.js';

/**
 * The file `<service>.state`: how a service is, and its last events, newest first.
 *
 * @param now milliseconds since 1970, for the ages of events
 */
export function serviceState({ id, state, events, health }: ServiceInfo, now: number): string {
  const rows = [
    ['ID', id],
    ['STATE', state],
    ['HEALTH', health === undefined || health.unknown ? '?' : health.healthy ? 'OK' : 'Fail'],
  ];
  if (health !== undefined && health.lastMessage !== '') {
    rows.push(['LAST HEALTH MESSAGE', health.lastMessage]);
  }
  const newest = [...(events?.events ?? [])].reverse();
  for (const [index, { msg, state: entered, ts }] of newest.entries()) {
    const age = ts === undefined ? '' : ` (${ageText(now - Number(ts.seconds) * 1000)} ago)`;
    rows.push([index === 0 ? 'EVENTS' : '', `[${entered}]: ${msg}${age}`]);
  }
  return table(rows);
}

/** As Go writes durations: `1h2m3s`. */
function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
