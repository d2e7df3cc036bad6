/** A line or record as it is compared with others: where a log is read twice, the same one has the
 * same key. */
export interface LogEntry {
  /** What the reader gets. */
  readonly text: string;
  readonly key: string;
}

/** What the entries of a log are like. */
export interface LogKind {
  /**
   * Whether `first`, the first one of a reading, can be `known`. Its key may be another one: the node
   * may have cut off its beginning, and what it is measured against.
   */
  fits(first: LogEntry, known: LogEntry): boolean;
}

/** Lines. The first one that a full ring holds may have lost its beginning. */
export const lineKind: LogKind = {
  fits: (first, known) => known.text.endsWith(first.text),
};

/** The entry of a line. */
export function lineEntry(text: string): LogEntry {
  return { text, key: text };
}
