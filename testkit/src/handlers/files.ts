import type { Init } from 'talos-client';
import type { FilesMethods } from 'talos-client/files';
import type { FileInfo, ListRequest, Xattr } from '../../generated/files.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { copyArchive } from '../topics/files/copy.js';
import { absolute, diskUsage } from '../topics/files/disk-usage.js';
import { type Files, type Found, files } from '../topics/files/files.js';
import { mountStats } from '../topics/files/mount-stats.js';
import { FileError, goMode } from '../topics/files/node.js';
import { type Walked, walk } from '../topics/files/walk.js';

/** The files of a node. */
export const filesHandlers: HandlersOf<FilesMethods> = {
  list: ({ machine }, request) => listFiles(machine.state(files), request),
  diskUsage: ({ machine }, request) => diskUsage(machine.state(files), request),

  *read({ machine }, { path }) {
    const system = machine.state(files);
    // That there should be more, nobody is told.
    yield system.content(regularFile(system, path)).bytes;
  },

  copy: ({ machine }, { rootPath }) => copyArchive(machine.state(files), rootPath),
  mounts: ({ machine }) => ({ stats: [...mountStats(machine)] }),
};

function regularFile(system: Files, path: string): Found {
  let found: Found;
  try {
    found = system.look(path, 'stat');
  } catch (cause) {
    if (!(cause instanceof FileError) || cause.errno !== 'ENOENT') throw cause;
    throw new ServerStatus('not-found', cause.message, { cause });
  }
  if (found.node.kind !== 'file') throw new Error('path must be a regular file');
  return found;
}

const kindsByType = { REGULAR: 'file', DIRECTORY: 'directory', SYMLINK: 'symlink' } as const;

function* listFiles(
  system: Files,
  { root, recurse, recursionDepth, types, reportXattrs }: ListRequest,
): Generator<Init<FileInfo>, void, undefined> {
  // Types that a release does not know are none.
  const wanted = new Set<string>(
    types.flatMap((type) => kindsByType[type as keyof typeof kindsByType] ?? []),
  );
  const depth = !recurse ? 0 : recursionDepth === 0 ? -1 : recursionDepth;
  const accepts = ({ node }: Found) => wanted.size === 0 || wanted.has(node.kind);
  for (const entry of walk(system, absolute(root), { depth, accepts })) {
    yield { ...fileInfo(system, entry), xattrs: reportXattrs ? xattrsOf(entry.found) : [] };
  }
}

function fileInfo(system: Files, entry: Walked): Init<FileInfo> {
  const { path, relative, found, problem } = entry;
  const names = { name: path, relativeName: relative };
  if (problem !== undefined) return { ...names, error: problem.message };
  const { node, modifiedAt } = found;
  return {
    ...names,
    size: BigInt(system.sizeOf(found)),
    mode: goMode(node),
    modified: BigInt(Math.floor(modifiedAt / 1000)),
    isDir: node.kind === 'directory',
    link: node.kind === 'symlink' ? node.target : '',
    uid: node.uid ?? 0,
    gid: node.gid ?? 0,
  };
}

function xattrsOf({ node, label }: Found): Init<Xattr>[] {
  const others = Object.entries(node.xattrs ?? {}).map(([name, data]) => ({ name, data }));
  // Labels are C strings, with the zero at their end.
  return [...others, { name: 'security.selinux', data: Buffer.from(`${label}\0`) }];
}
