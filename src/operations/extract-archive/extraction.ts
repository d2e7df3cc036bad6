import { NoFolderError } from '../archive/open-folder.js';
import type { OpenPath } from '../archive/open-path.js';
import type { TarEntry } from '../archive/read-tar.js';
import { linkProblem, safeName, shownName } from '../archive/safe-name.js';
import type { ExtractedEntry, LeftOutEntry } from './result.js';

interface Link {
  readonly entry: TarEntry;
  readonly parts: readonly string[];
}

/** Makes files, folders and links of the entries of an archive, and notes what it leaves out. */
export class Extraction {
  readonly written: ExtractedEntry[] = [];
  readonly leftOut: LeftOutEntry[] = [];
  bytes = 0;
  readonly #path: OpenPath;
  readonly #links: Link[] = [];

  constructor(path: OpenPath) {
    this.#path = path;
  }

  /** Makes what an entry says; links wait for `makeLinks`. */
  async add(entry: TarEntry): Promise<void> {
    const named = safeName(entry.name);
    if ('problem' in named) return this.#leaveOut(entry, named.problem);
    const { parts } = named;
    switch (entry.type) {
      case 'folder':
        return this.#orLeaveOut(entry, () => this.#addFolder(entry, parts));
      case 'file':
        return this.#orLeaveOut(entry, () => this.#addFile(entry, parts));
      case 'symbolic link': {
        const problem = linkProblem(entry.linkName, parts.length - 1);
        if (problem !== undefined) return this.#leaveOut(entry, problem);
        // Nothing that comes later may be written through it.
        this.#links.push({ entry, parts });
        return;
      }
      case 'other':
        return this.#leaveOut(entry, 'it is of a type that is not known');
      default:
        return this.#leaveOut(entry, `it is a ${entry.type}`);
    }
  }

  async makeLinks(signal: AbortSignal): Promise<void> {
    for (const { entry, parts } of this.#links) {
      signal.throwIfAborted();
      await this.#orLeaveOut(entry, async () => {
        const parent = await this.#path.folder(parts.slice(0, -1));
        const target = Buffer.from(entry.linkName).toString('utf8');
        await parent.createLink(parts.at(-1) ?? '', target);
        this.#note(parts, 'symbolic link', 0);
      });
    }
  }

  async #addFolder({ mode }: TarEntry, parts: readonly string[]): Promise<void> {
    const folder = await this.#path.folder(parts);
    await folder.setMode(0o700 | (mode & OTHERS_MAY));
    this.#note(parts, 'folder', 0);
  }

  async #addFile({ mode, size, content }: TarEntry, parts: readonly string[]): Promise<void> {
    const parent = await this.#path.folder(parts.slice(0, -1));
    const name = parts.at(-1) ?? '';
    const file = await parent.createFile(name);
    try {
      for await (const part of content) await file.appendFile(part);
      await file.chmod(0o600 | (mode & OTHERS_MAY));
      await file.close();
    } catch (error) {
      await file.close().catch(() => {});
      // Half a file would look like a whole one.
      await parent.removeFile(name).catch(() => {});
      throw error;
    }
    this.bytes += size;
    this.#note(parts, 'file', size);
  }

  #note(parts: readonly string[], type: ExtractedEntry['type'], size: number): void {
    this.written.push({ path: parts.join('/'), type, size });
  }

  #leaveOut({ name }: TarEntry, reason: string): void {
    this.leftOut.push({ name: shownName(name), reason });
  }

  /** Leaves an entry out when it cannot be where it should; everything else ends the extraction. */
  async #orLeaveOut(entry: TarEntry, make: () => Promise<void>): Promise<void> {
    try {
      await make();
    } catch (error) {
      const reason =
        error instanceof NoFolderError
          ? 'what should be a folder above it is none'
          : reasons[(error as NodeJS.ErrnoException).code ?? ''];
      if (reason === undefined) throw error;
      this.#leaveOut(entry, reason);
    }
  }
}

/** What an archive may allow others than the owner: no writing, and no other identity. */
const OTHERS_MAY = 0o755;

/** Errors of the file system that are about one name. */
const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'there is something of that name already',
  EISDIR: 'there is a folder of that name already',
  ENOTDIR: 'what should be a folder above it is none',
  ELOOP: 'there is a link of that name already',
  ENAMETOOLONG: 'its name is too long for the file system',
  EILSEQ: 'the file system does not take its name',
  EINVAL: 'the file system does not take its name',
};
