/** Whether `value` may hold fields or options: an object that is not a built-in one. */
export function isRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.getPrototypeOf(value) === Object.prototype) return true;
  return Object.prototype.toString.call(value) === '[object Object]';
}
