import { posix } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Files } from './files.js';
import { goErrors } from './go-errors.js';
import { permissionsOf } from './node.js';
import { type TarEntry, tarEnd, tarEntry } from './tar.js';
import { type Walked, walk } from './walk.js';

/** What is read of a file that the kernel says is empty, in bytes. */
const PROBE = 4096;

/**
 * A file or directory as one tar.gz: names are those from the root, which is left out itself when it
 * is a directory.
 *
 * What cannot be read is skipped; when the archive is complete, an error tells of it.
 *
 * @throws {Error} for a path that is not absolute, or leads nowhere.
 */
export async function* copyArchive(
  system: Files,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const clean = posix.normalize(path).replace(/(?<=.)\/$/, '');
  if (!clean.startsWith('/')) throw new Error(`path is not absolute ${clean}`);
  const entries = walk(system, clean, { depth: -1 });
  const skipped: string[] = [];
  const gzip = createGzip();
  // Whatever goes wrong comes out of the iteration below.
  pipeline(Readable.from(archive(system, entries, skipped)), gzip, () => {});
  yield* gzip;
  if (skipped.length > 0) throw goErrors(skipped);
}

function* archive(
  system: Files,
  entries: Iterable<Walked>,
  skipped: string[],
): Generator<Uint8Array, void, undefined> {
  // After a file that ends too early nothing more can be written.
  let missed: string | undefined;
  for (const walked of entries) {
    if (walked.relative === '.') continue;
    try {
      if (missed !== undefined) throw new Error(missed);
      const { entry, problem } = entryOf(system, walked);
      yield* tarEntry(entry);
      if (problem === undefined) continue;
      missed = `archive/tar: missed writing ${entry.size - entry.content.length} bytes`;
      throw problem;
    } catch (problem) {
      skipped.push(`skipping "${walked.path}": ${(problem as Error).message}`);
    }
  }
  if (missed === undefined) yield tarEnd;
  else skipped.push(missed);
}

interface Entry {
  readonly entry: TarEntry;
  /** Why its content is not all there. */
  readonly problem?: Error | undefined;
}

function entryOf(system: Files, { relative, found, problem }: Walked): Entry {
  if (problem !== undefined) throw problem;
  const { node, modifiedAt } = found;
  const common = {
    name: relative,
    permissions: permissionsOf(node),
    uid: node.uid ?? 0,
    gid: node.gid ?? 0,
    modifiedAt,
    target: '',
    size: 0,
    content: new Uint8Array(),
  };
  switch (node.kind) {
    case 'socket':
      throw new Error('archive/tar: sockets not supported');
    case 'directory':
      return { entry: { ...common, kind: 'directory', name: `${relative}/` } };
    case 'symlink':
      return { entry: { ...common, kind: 'symlink', target: node.target } };
    case 'file': {
      if (!found.virtual) {
        const size = system.sizeOf(found);
        const { bytes, problem: cut } = system.content(found);
        return { entry: { ...common, kind: 'file', size, content: bytes }, problem: cut };
      }
      // Files of the kernel say they are empty; only those that fit into one read are taken.
      const all = system.read(found);
      const content = all.length < PROBE ? all : new Uint8Array();
      return { entry: { ...common, kind: 'file', size: content.length, content } };
    }
    default:
      return { entry: { ...common, kind: node.kind } };
  }
}
