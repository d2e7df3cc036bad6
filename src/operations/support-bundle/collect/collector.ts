/** How calls for one file are made. */
export interface CollectorCall {
  readonly signal: AbortSignal;
}

/** Something that becomes a file of the bundle. */
export interface Collector {
  /** The address of the node that is asked; absent for the cluster. */
  readonly node: string | undefined;
  /** The path in the bundle. */
  readonly path: string;
  /** Whether the file is left out when there is nothing to say. Default: false. */
  readonly isOptional?: boolean | undefined;
  /** What it gives: text, or bytes as they come. */
  collect(call: CollectorCall): AsyncIterable<string | Uint8Array>;
}

/** What could not be collected. */
export interface CollectorFailure {
  /** The address of the node; absent for the cluster. */
  readonly node: string | undefined;
  /** The path in the bundle of what is missing or breaks off; a folder ends with `/`. */
  readonly path: string;
  readonly error: unknown;
}

/** How long a node may be silent within one call. */
export const SILENCE_MS = 30_000;

/** A part of a path, of a name that a node gave. Names such as `..` would lead out of a folder. */
export function pathPart(name: string): string {
  const plain = name.replace(/[/\\\p{Cc}\p{Cf}]/gu, '_');
  return /^\.{0,2}$/.test(plain) ? `_${plain}` : plain;
}
