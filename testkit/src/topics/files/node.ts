import type { Shape } from 'talos-client/options';
import { flag, number, record, text } from 'talos-client/options';

/** What a file is, beside its content. What is left out is as in the directory that it is in. */
export interface FileAttributes {
  /** The permission bits, such as 0o644, with setuid and the like left out. */
  readonly permissions?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** When the content changed last, in milliseconds since 1970. */
  readonly modifiedAt?: number;
  /** The SELinux label. */
  readonly label?: string;
  /** Extended attributes beside the label. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** Whether it is in a file system that only the kernel knows: sizes are 0 there. */
  readonly virtual?: boolean;
}

export const attributesShape: Shape<FileAttributes> = {
  permissions: number,
  uid: number,
  gid: number,
  modifiedAt: number,
  label: text,
  xattrs: record,
  virtual: flag,
};

/** A directory. What is in it is asked for each time somebody looks. */
export interface Directory extends FileAttributes {
  readonly kind: 'directory';
  readonly children: () => Iterable<readonly [name: string, node: FileNode]>;
}

/** A regular file. */
export interface RegularFile extends FileAttributes {
  readonly kind: 'file';
  /** Everything in it now. */
  readonly content: () => Uint8Array;
  /** How long that is, in bytes, where it takes less to know than to make it. */
  readonly size?: () => number;
  /** The error of the kernel when it is read; absent when it can be. */
  readonly problem?: Errno;
}

/** A symbolic link. */
export interface SymbolicLink extends FileAttributes {
  readonly kind: 'symlink';
  readonly target: string;
}

/** A device or a socket: nothing that has a content. */
export interface SpecialFile extends FileAttributes {
  readonly kind: 'block-device' | 'char-device' | 'socket';
}

/** Anything that has a name in a file system. */
export type FileNode = Directory | RegularFile | SymbolicLink | SpecialFile;

/** What the kernel says when something is wrong with a file. */
export const errnoTexts = {
  EACCES: 'permission denied',
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENOENT: 'no such file or directory',
  ENOTCONN: 'transport endpoint is not connected',
  ENOTDIR: 'not a directory',
  ESTALE: 'stale file handle',
} as const;

/** An error of the kernel, by its name. */
export type Errno = keyof typeof errnoTexts;

/** What may fail. */
export type FileOperation = 'lstat' | 'stat' | 'open' | 'read';

/** An operation on a file that failed, in the words of Go: `open /x: permission denied`. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly operation: FileOperation;
  readonly errno: Errno;

  constructor(operation: FileOperation, path: string, errno: Errno) {
    super(`${operation} ${path}: ${errnoTexts[errno]}`);
    this.operation = operation;
    this.errno = errno;
  }
}

type Children = Readonly<Record<string, FileNode>>;

/** A directory with what it always has, or with what a function finds each time. */
export function directory(
  children: Children | (() => Children),
  attributes: FileAttributes = {},
): Directory {
  const list = typeof children === 'function' ? children : () => children;
  return { ...attributes, kind: 'directory', children: () => Object.entries(list()) };
}

/** A regular file with a content, or with one that is made each time. */
export function file(
  content: string | Uint8Array | (() => string | Uint8Array),
  attributes: FileAttributes = {},
): RegularFile {
  const make = typeof content === 'function' ? content : () => content;
  return {
    ...attributes,
    kind: 'file',
    content: () => {
      const made = make();
      return typeof made === 'string' ? Buffer.from(made) : made;
    },
  };
}

/** A file of a known size, which is made when somebody reads it. */
export function largeFile(
  size: () => number,
  content: () => Uint8Array,
  attributes: FileAttributes = {},
): RegularFile {
  return { ...attributes, kind: 'file', size, content };
}

/** A directory of the kernel's own file systems. */
export function kernelDirectory(children: Children | (() => Children)): Directory {
  return directory(children, { permissions: 0o555 });
}

/** A file that the kernel makes when it is read. */
export function kernelFile(content: string | (() => string), permissions = 0o444): RegularFile {
  return file(content, { permissions });
}

/** A file whose content nobody gets: the kernel answers with an error. */
export function unreadable(problem: Errno, attributes: FileAttributes = {}): RegularFile {
  return { ...file('', attributes), problem };
}

/** A symbolic link. */
export function symlink(target: string): SymbolicLink {
  return { kind: 'symlink', target, permissions: 0o777 };
}

/** A device or a socket. */
export function special(
  kind: SpecialFile['kind'],
  permissions: number,
  attributes: FileAttributes = {},
): SpecialFile {
  return { ...attributes, kind, permissions };
}

/** The bits with which Go says what a file is. */
const typeBits: Readonly<Record<FileNode['kind'], number>> = {
  directory: 2 ** 31,
  file: 0,
  symlink: 2 ** 27,
  'block-device': 2 ** 26,
  'char-device': 2 ** 26 + 2 ** 21,
  socket: 2 ** 24,
};

/** The permissions of what says nothing about them. */
export function permissionsOf({ kind, permissions }: FileNode): number {
  return permissions ?? (kind === 'directory' ? 0o755 : 0o644);
}

/** The mode in the layout of Go, as `List` gives it. */
export function goMode(node: FileNode): number {
  return typeBits[node.kind] + permissionsOf(node);
}
