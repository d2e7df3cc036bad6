/** What names an image: where it is, and which of those there. */
export interface ImageReference {
  /** The registry's host and the path in it: `ghcr.io/siderolabs/installer`. */
  readonly repository: string;
  /** Absent when a digest says which. */
  readonly tag: string | undefined;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | undefined;
}

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PART}(?:/${PART})*$`);
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.|(?=:|$)))+(?::\d+)?$/i;
const REFERENCE = /^(.+?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;
const DEFAULT_HOST = 'docker.io';

/**
 * Reads a reference as container tools do: without a host it is one of Docker Hub, without a tag
 * `latest`, and a digest makes the tag meaningless.
 *
 * @throws {Error} as containerd words it, when the text is no reference.
 */
export function parseReference(text: string): ImageReference {
  const [, name = '', tag, digest] = REFERENCE.exec(text) ?? [];
  const repository = repositoryOf(name);
  if (repository === undefined) {
    const reason = /[A-Z]/.test(name.slice(name.indexOf('/') + 1))
      ? 'repository name must be lowercase'
      : 'invalid reference format';
    throw new Error(`failed to parse image reference ${JSON.stringify(text)}: ${reason}`);
  }
  if (digest !== undefined) return { repository, tag: undefined, digest };
  return { repository, tag: tag ?? 'latest', digest: undefined };
}

function repositoryOf(name: string): string | undefined {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  if (/[.:]/.test(first) || first === 'localhost') {
    return HOST.test(first) && PATH.test(name.slice(slash + 1)) ? name : undefined;
  }
  if (!PATH.test(name)) return undefined;
  return slash < 0 ? `${DEFAULT_HOST}/library/${name}` : `${DEFAULT_HOST}/${name}`;
}

/** The reference in full, with its host and its tag or digest. */
export function referenceText({ repository, tag, digest }: ImageReference): string {
  return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
}

/** The reference that pins an image by its digest. */
export function pinnedText({ repository }: ImageReference, digest: string): string {
  return `${repository}@${digest}`;
}
