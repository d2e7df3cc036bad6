import type { ProgressRow } from '../runner.js';

/** Tells rows apart: one for each node of a flow, and one for the flow. */
export function rowKey({ flow, node }: ProgressRow): string {
  return `${flow} ${node ?? ''}`;
}
