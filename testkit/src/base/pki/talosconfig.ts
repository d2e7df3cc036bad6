import { stringify } from 'yaml';
import type { TalosconfigFields } from './index.js';

/** What a talosconfig of a simulated cluster says. */
export interface TalosconfigInit {
  readonly context: string;
  /** Absent from those that nodes generate. */
  readonly endpoints?: readonly string[];
  readonly nodes?: readonly string[];
  readonly fields: TalosconfigFields;
}

/** A talosconfig with one context, as any Talos client reads it. */
export function talosconfigText({ context, fields, ...addresses }: TalosconfigInit): string {
  return stringify(
    { context, contexts: { [context]: { ...addresses, ...fields } } },
    // The base64 fields stay on one line, as talosctl writes them.
    { lineWidth: 0 },
  );
}
