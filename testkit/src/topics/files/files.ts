import { posix } from 'node:path';
import { checkOptions, number } from 'talos-client/options';
import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import {
  attributesShape,
  type Errno,
  type FileAttributes,
  FileError,
  type FileNode,
  file,
} from './node.js';
import { rootOf } from './root.js';

/** A file that was found, with what it has from the directories that it is in. */
export interface Found {
  /** Where it is, without symbolic links. */
  readonly path: string;
  readonly node: FileNode;
  /** When the content changed last, in milliseconds since 1970. */
  readonly modifiedAt: number;
  /** The SELinux label. */
  readonly label: string;
  readonly virtual: boolean;
}

/** How many links the kernel follows for one path. */
const MAX_LINKS = 40;

/** Where files survive a reboot. */
const disks = ['/var', '/system/state'] as const;

/** Something that was written: absent when it was removed. */
interface Change {
  readonly node: FileNode | undefined;
  /** In which boot. */
  readonly boot: number;
}

/** What is wrong with a file. */
interface Problem {
  readonly errno: Errno;
  /** How much can be read before it shows; absent when the file cannot be opened. */
  readonly afterBytes: number | undefined;
}

/** What could be read of a file. */
export interface Content {
  readonly bytes: Uint8Array;
  /** Why there is no more; absent when this is all. */
  readonly problem: FileError | undefined;
}

/**
 * The file system of a node: what the node itself shows there of its state, and what was written
 * over it. What is written to `/var` and `/system/state` survives a reboot.
 *
 * @example
 * ```ts
 * const system = node.machine.state(files);
 * system.write('/var/lib/app/state.json', '{}');
 * system.break('/var/lib/app', 'EIO');
 * ```
 */
export class Files {
  readonly #machine: Machine;
  readonly #changes = new Map<string, Change>();
  readonly #problems = new Map<string, Problem>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Writes a file, and the directories that are missing on the way. */
  write(path: string, content: string | Uint8Array, attributes: FileAttributes = {}): void {
    checkOptions(attributes, attributesShape, 'write');
    const modifiedAt = this.#machine.clock.now();
    this.put(path, file(content, { modifiedAt, ...attributes }));
  }

  /**
   * Puts anything at a path, and the directories that are missing on the way.
   *
   * @throws {FileError} when something on the way is no directory.
   */
  put(path: string, node: FileNode): void {
    const clean = posix.resolve('/', path);
    const folder = posix.dirname(clean);
    if (this.#find(folder) === undefined) {
      const modifiedAt = this.#machine.clock.now();
      this.put(folder, { kind: 'directory', children: () => [], modifiedAt });
    }
    if (this.#find(folder)?.node.kind !== 'directory') {
      throw new FileError('open', clean, 'ENOTDIR');
    }
    this.#changes.set(this.#real(clean), { node, boot: this.#machine.boots });
  }

  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void {
    const real = this.#real(path);
    this.#forget(real);
    this.#changes.set(real, { node: undefined, boot: this.#machine.boots });
  }

  /**
   * Makes a file or directory fail until `mend`: when it is opened, or, with `afterBytes`, when so
   * much of a file has been read. Talos does not tell callers of the latter.
   */
  break(path: string, errno: Errno, options: { readonly afterBytes?: number } = {}): void {
    checkOptions(options, { afterBytes: number }, 'break');
    this.#problems.set(this.#real(path), { errno, afterBytes: options.afterBytes });
  }

  /** Makes a file or directory readable again. */
  mend(path: string): void {
    this.#problems.delete(this.#real(path));
  }

  /** The path without links on the way. */
  #real(path: string): string {
    const clean = posix.resolve('/', path);
    const folder = this.#find(posix.dirname(clean))?.path;
    return folder === undefined ? clean : posix.join(folder, posix.basename(clean));
  }

  /** Forgets what was written below a path, as a wipe of a volume does. */
  wipe(path: string): void {
    this.#forget(posix.resolve('/', path));
  }

  #forget(path: string): void {
    for (const written of [...this.#changes.keys()]) {
      if (isWithin(written, path)) this.#changes.delete(written);
    }
  }

  /**
   * What is at a path. Links on the way are followed, one at the end when `follow` says so.
   *
   * @throws {FileError} when there is nothing; `operation` is what the caller wanted to do.
   */
  look(path: string, operation: 'lstat' | 'stat' | 'open', follow = operation !== 'lstat'): Found {
    const walk = { links: 0, problem: undefined as Errno | undefined };
    const found = this.#walk(posix.resolve('/', path), follow, walk);
    if (found === undefined) throw new FileError(operation, path, walk.problem ?? 'ENOENT');
    return found;
  }

  /**
   * What is in a directory, in the order of the names.
   *
   * @throws {FileError} when it cannot be read.
   */
  list(directory: Found): readonly (readonly [name: string, found: Found])[] {
    this.#check(directory);
    return this.#childrenOf(directory);
  }

  /**
   * What can be read of a file.
   *
   * @throws {FileError} when it cannot be opened.
   */
  content(found: Found): Content {
    this.#check(found);
    const { node, path } = found;
    const problem = (errno: Errno) => new FileError('read', path, errno);
    if (node.kind === 'directory') return { bytes: new Uint8Array(), problem: problem('EISDIR') };
    if (node.kind !== 'file') return { bytes: new Uint8Array(), problem: undefined };
    if (node.problem !== undefined) {
      return { bytes: new Uint8Array(), problem: problem(node.problem) };
    }
    const broken = this.#problems.get(path);
    const bytes = node.content();
    if (broken === undefined) return { bytes, problem: undefined };
    return { bytes: bytes.subarray(0, broken.afterBytes), problem: problem(broken.errno) };
  }

  /**
   * Everything in a file.
   *
   * @throws {FileError} when it cannot be opened, or not be read to its end.
   */
  read(found: Found): Uint8Array {
    const { bytes, problem } = this.content(found);
    if (problem !== undefined) throw problem;
    return bytes;
  }

  /** The error of the kernel when something is opened; absent when it can be. */
  problemOf(path: string): Errno | undefined {
    const problem = this.#problems.get(path);
    return problem?.afterBytes === undefined ? problem?.errno : undefined;
  }

  /** The size that the kernel says something has, in bytes. */
  sizeOf(found: Found): number {
    const { node, virtual } = found;
    if (virtual) return 0;
    switch (node.kind) {
      case 'file':
        return node.size?.() ?? node.content().length;
      case 'symlink':
        return node.target.length;
      case 'directory':
        return EMPTY_DIRECTORY + NAME * this.#childrenOf(found).length;
      default:
        return 0;
    }
  }

  #check({ path }: Found): void {
    const errno = this.problemOf(path);
    if (errno !== undefined) throw new FileError('open', path, errno);
  }

  #walk(
    path: string,
    follow: boolean,
    walk: { links: number; problem: Errno | undefined },
  ): Found | undefined {
    let at = this.#root();
    const parts = path.split('/').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      if (at.node.kind !== 'directory') {
        walk.problem = 'ENOTDIR';
        return undefined;
      }
      const child = this.#child(at, part);
      if (child === undefined) return undefined;
      const isLast = index === parts.length - 1;
      if (child.node.kind !== 'symlink' || (isLast && !follow)) {
        at = child;
        continue;
      }
      walk.links += 1;
      if (walk.links > MAX_LINKS) {
        walk.problem = 'ELOOP';
        return undefined;
      }
      const target = this.#walk(posix.resolve(at.path, child.node.target), true, walk);
      if (target === undefined) return undefined;
      at = target;
    }
    return at;
  }

  #find(path: string): Found | undefined {
    return this.#walk(path, true, { links: 0, problem: undefined });
  }

  #root(): Found {
    const node = rootOf(this.#machine);
    const { modifiedAt = 0, label = '' } = node;
    return { path: '/', node, modifiedAt, label, virtual: false };
  }

  #child(parent: Found, name: string): Found | undefined {
    const path = posix.join(parent.path, name);
    const change = this.#changeAt(path);
    if (change !== undefined) {
      return change.node === undefined ? undefined : within(parent, path, change.node);
    }
    if (parent.node.kind !== 'directory') return undefined;
    for (const [own, node] of parent.node.children()) {
      if (own === name) return within(parent, path, node);
    }
    return undefined;
  }

  #childrenOf(parent: Found): readonly (readonly [name: string, found: Found])[] {
    if (parent.node.kind !== 'directory') return [];
    const nodes = new Map(parent.node.children());
    for (const path of this.#changes.keys()) {
      const change = this.#changeAt(path);
      if (change === undefined || path === '/' || posix.dirname(path) !== parent.path) continue;
      if (change.node === undefined) nodes.delete(posix.basename(path));
      else nodes.set(posix.basename(path), change.node);
    }
    return [...nodes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, node]) => [name, within(parent, posix.join(parent.path, name), node)] as const);
  }

  /** What was written to a path, unless it was in memory and the node has booted since. */
  #changeAt(path: string): Change | undefined {
    const change = this.#changes.get(path);
    if (change === undefined || change.boot === this.#machine.boots) return change;
    return disks.some((disk) => isWithin(path, disk)) ? change : undefined;
  }
}

/** The sizes of a directory in memory. */
const EMPTY_DIRECTORY = 40;
const NAME = 20;

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function within(parent: Found, path: string, node: FileNode): Found {
  const { modifiedAt = parent.modifiedAt, label = parent.label, virtual = parent.virtual } = node;
  return { path, node, modifiedAt, label, virtual };
}

/** The file system of a node. */
export const files = defineTopic({
  name: 'files',
  lifetime: 'always',
  create: (machine: Machine) => new Files(machine),
});
