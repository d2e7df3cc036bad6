import { posix } from 'node:path';
import type { Machine } from '../../base/machine.js';
import { type Files, type Found, files } from '../files/files.js';
import { directory, FileError, type FileNode, file } from '../files/node.js';

/** Whose files a debug container sees: its own and those of the node, or those of the node. */
export type Profile = 'PROFILE_PRIVILEGED' | 'PROFILE_HOST_NS';

/** Where a privileged container has the files of the node. */
const HOST = '/host';

/** What a privileged container has from the node at the same place. */
const shared = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/resolv.conf'] as const;

/** The files as a debug container sees them. */
export class ContainerFiles {
  readonly #profile: Profile;
  readonly #host: Files;
  readonly #image: FileNode;

  constructor(machine: Machine, profile: Profile, imageName: string) {
    this.#profile = profile;
    this.#host = machine.state(files);
    this.#image = imageRoot(imageName);
  }

  /**
   * The names in a directory, or the name of a file.
   *
   * @throws {FileError} when there is nothing.
   */
  list(path: string): readonly string[] {
    const place = this.#place(path);
    if (place.from === 'image') {
      const node = imageNode(this.#image, place.path);
      return node.kind === 'directory'
        ? [...node.children()].map(([name]) => name)
        : [posix.basename(path)];
    }
    const found = this.#host.look(place.path, 'stat');
    if (found.node.kind !== 'directory') return [posix.basename(path)];
    return this.#host.list(found).map(([name]) => name);
  }

  /**
   * Whether there is a directory.
   *
   * @throws {FileError} when there is nothing.
   */
  isDirectory(path: string): boolean {
    const place = this.#place(path);
    const node =
      place.from === 'image'
        ? imageNode(this.#image, place.path)
        : this.#host.look(place.path, 'stat').node;
    return node.kind === 'directory';
  }

  /**
   * What is in a file.
   *
   * @throws {FileError} when it cannot be read.
   */
  read(path: string): Uint8Array {
    const place = this.#place(path);
    if (place.from === 'host') return this.#host.read(this.#look(place.path));
    const node = imageNode(this.#image, place.path);
    if (node.kind === 'file') return node.content();
    throw new FileError('read', path, 'EISDIR');
  }

  #look(path: string): Found {
    return this.#host.look(path, 'open');
  }

  #place(path: string): { readonly from: 'host' | 'image'; readonly path: string } {
    if (this.#profile === 'PROFILE_HOST_NS') return { from: 'host', path };
    if (path === HOST || path.startsWith(`${HOST}/`)) {
      return { from: 'host', path: path.slice(HOST.length) || '/' };
    }
    const isShared = shared.some((place) => path === place || path.startsWith(`${place}/`));
    return { from: isShared ? 'host' : 'image', path };
  }
}

/** What is in an image: enough to look around. */
function imageRoot(imageName: string): FileNode {
  const empty = directory({});
  return directory({
    bin: directory({ busybox: file('\x7fELF'), sh: file('\x7fELF') }),
    dev: empty,
    etc: directory({
      hosts: file(''),
      'os-release': file(`NAME="${imageName}"\nID=debug\n`),
      'resolv.conf': file(''),
    }),
    host: empty,
    proc: empty,
    root: empty,
    sys: empty,
    tmp: empty,
    usr: directory({ bin: empty }),
    var: empty,
  });
}

function imageNode(root: FileNode, path: string): FileNode {
  let node = root;
  for (const part of path.split('/').filter((name) => name !== '')) {
    if (node.kind !== 'directory') throw new FileError('open', path, 'ENOTDIR');
    const next = [...node.children()].find(([name]) => name === part);
    if (next === undefined) throw new FileError('open', path, 'ENOENT');
    node = next[1];
  }
  return node;
}
