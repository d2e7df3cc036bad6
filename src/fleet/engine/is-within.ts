/** Whether a flow is another one, or was started by it, or by those that it started. */
export function isWithin(id: string, flow: string): boolean {
  return id === flow || id.startsWith(`${flow}/`);
}

/** A flow and all those above it, by their ids: the run comes first. */
export function lineOf(id: string): readonly string[] {
  const parts = id.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
