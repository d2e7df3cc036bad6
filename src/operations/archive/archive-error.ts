/** An archive that cannot be read: it breaks off, or is none. The message says where. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** An archive that ends before it is complete. */
export class CutArchiveError extends ArchiveError {}
