import { posix } from 'node:path';
import type { Files, Found } from './files.js';

/** One entry of a walk through a file tree. */
export interface Walked {
  readonly path: string;
  /** The path from the root of the walk; `.` for the root itself, its name when it is a file. */
  readonly relative: string;
  readonly found: Found;
  /** Why it cannot be read; its content is left out then. */
  readonly problem?: Error | undefined;
}

/** What a walk takes. */
export interface WalkOptions {
  /** How far below the root to go; no limit when negative. */
  readonly depth: number;
  /** Which entries are of interest; what is in the others is walked through all the same. */
  readonly accepts?: (found: Found) => boolean;
}

/**
 * Walks through a file tree: each directory comes before what is in it, in the order of the names.
 * A root that is a symbolic link is the place that it leads to.
 *
 * @throws {FileError} when there is no root.
 */
export function walk(system: Files, path: string, options: WalkOptions): Iterable<Walked> {
  const given = system.look(path, 'lstat');
  const root = given.node.kind === 'symlink' ? system.look(path, 'lstat', true) : given;
  const relative = root.node.kind === 'directory' ? '.' : posix.basename(root.path);
  return step(system, { path: root.path, relative, found: root }, root.path, options);
}

function* step(
  system: Files,
  entry: Walked,
  root: string,
  options: WalkOptions,
): Generator<Walked, void, undefined> {
  const { found, path } = entry;
  const { accepts = () => true } = options;
  if (found.node.kind !== 'directory') {
    if (accepts(found)) yield entry;
    return;
  }
  let children: readonly (readonly [name: string, found: Found])[];
  try {
    // A directory is read before it is told of.
    children = system.list(found);
  } catch (problem) {
    yield { ...entry, relative: '', problem: problem as Error };
    return;
  }
  const accepted = accepts(found);
  if (accepted) yield entry;
  // A directory that is not of interest is not looked at for the depth either.
  if (accepted && isAtLimit(options.depth, root, path)) return;
  for (const [name, child] of children) {
    const relative = entry.relative === '.' ? name : `${entry.relative}/${name}`;
    yield* step(system, { path: child.path, relative, found: child }, root, options);
  }
}

/** Counts slashes, as Talos does: below `/` it goes one level further than elsewhere. */
function isAtLimit(depth: number, root: string, path: string): boolean {
  if (depth < 0 || path === root) return false;
  return slashes(path) - slashes(root) >= depth;
}

/** How many slashes a path has. */
export function slashes(path: string): number {
  return path.split('/').length - 1;
}
