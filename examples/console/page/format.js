/** @param {number} share from 0 to 1 */
export function percent(share) {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** @param {number} bytes */
export function gibibytes(bytes) {
  return (bytes / 2 ** 30).toFixed(1);
}

/** @param {number} bytes */
export function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/**
 * How long something has been going on, in its two largest units.
 *
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [60, 3_600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (days) return `${days} d ${(hours ?? 0) % 24} h`;
  if (hours) return `${hours} h ${(minutes ?? 0) % 60} min`;
  if (minutes) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/** @param {number} at milliseconds since 1970 */
export function timeOfDay(at) {
  return new Date(at).toLocaleTimeString('en-GB');
}
