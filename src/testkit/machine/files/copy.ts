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
  for (const walked of entries) {
    if (walked.relative === '.') continue;
    try {
      yield* tarEntry(entryOf(system, walked));
    } catch (problem) {
      skipped.push(`skipping "${walked.path}": ${(problem as Error).message}`);
    }
  }
  yield tarEnd;
}

function entryOf(system: Files, { relative, found, problem }: Walked): TarEntry {
  if (problem !== undefined) throw problem;
  const { node, modifiedAt } = found;
  const common = {
    name: relative,
    permissions: permissionsOf(node),
    uid: node.uid ?? 0,
    gid: node.gid ?? 0,
    modifiedAt,
    target: '',
    content: new Uint8Array(),
  };
  switch (node.kind) {
    case 'socket':
      throw new Error('archive/tar: sockets not supported');
    case 'directory':
      return { ...common, kind: 'directory', name: `${relative}/` };
    case 'symlink':
      return { ...common, kind: 'symlink', target: node.target };
    case 'file': {
      const content = system.read(found);
      // Files of the kernel say they are empty; only those that fit into one read are taken.
      const taken = !found.virtual || content.length < PROBE;
      return { ...common, kind: 'file', content: taken ? content : new Uint8Array() };
    }
    default:
      return { ...common, kind: node.kind };
  }
}
