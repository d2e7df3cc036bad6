import type { Comments } from './protos/comments.js';
import type { Contract } from './protos/contract.js';
import { readAnyProtos } from './protos/read-protos.js';
import { readSources } from './protos/sources.js';
import { releaseOf } from './releases.js';

/** What a tree of .proto files says. */
export interface Tree {
  readonly contract: Contract;
  /** By the full name of what they describe; paragraphs on one line each. */
  readonly comments: Comments;
  /** The release that the tree describes, such as `1.14` or `main`, if it says so. */
  readonly release: string | undefined;
}

/**
 * Reads the .proto files of `folder`, apart from those in `skip`.
 *
 * Throws `ContractError` with file and line for what is not valid proto3.
 */
export function loadTree(folder: string, skip: readonly string[] = []): Tree {
  const sources = readSources(folder);
  const source = sources?.source ?? { talos: '' };
  return {
    ...readAnyProtos([folder], source, [
      ...(sources?.notEmbedded ?? []),
      ...(sources?.skip ?? []),
      ...skip,
    ]),
    release: releaseOf(source.talos),
  };
}
