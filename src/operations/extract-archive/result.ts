/** Something that was made of an entry of an archive. */
export interface ExtractedEntry {
  /** Its path below the folder, with `/` between the parts. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'symbolic link';
  /** Bytes of a file; 0 for everything else. */
  readonly size: number;
}

/** An entry that was left out. */
export interface LeftOutEntry {
  /** Its name in the archive, for people: long ones are cut, and control characters are replaced. */
  readonly name: string;
  /** Why, such as `its name leads out of the folder`. */
  readonly reason: string;
}

/** What came of an archive. */
export interface ExtractedArchive {
  /** What was made, in the order of the archive; links come last. */
  readonly written: readonly ExtractedEntry[];
  /** What is in the archive and was not made. */
  readonly leftOut: readonly LeftOutEntry[];
  /** Bytes of all files that were written. */
  readonly bytes: number;
  /**
   * What the stream ended with behind a whole archive; absent when it ended well. The call
   * `files(node).copy` ends with the status `unknown` when the node could not read some files; the
   * message lists them.
   */
  readonly sourceError: unknown;
}
