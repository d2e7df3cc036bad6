import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Change, compareContracts } from './changes.js';
import {
  type Comments,
  type MissingComment,
  mergeComments,
  missingComments,
  readComments,
} from './comments.js';
import type { Contract, ContractSource } from './contract.js';
import { ContractError } from './contract-error.js';
import { hasProtoFiles, protoFilesIn } from './proto-folder.js';
import { readContract } from './read-contract.js';
import { readProtos } from './read-protos.js';
import { renderContract } from './render.js';
import { readSources, renderSources, sourcesFile } from './sources.js';

/** What `update-protos` is asked to do. */
export interface UpdateRequest {
  /** Either one contract JSON, or folders of .proto files that together hold all imports. */
  readonly from: readonly string[];
  /** The release that the facts belong to; the rest of it counts for folders only. */
  readonly source: ContractSource;
  /** The tree to bring up to date. */
  readonly tree: string;
  /** Further trees that give the comments which `tree` has not. */
  readonly comments: readonly string[];
  /** Import paths to leave out of folders, beside those that the tree leaves out already. */
  readonly skip: readonly string[];
  /** Folders of the tree that the release no longer has. Another one that is missing is refused. */
  readonly gone: readonly string[];
}

/** A new tree, not yet written. */
export interface UpdatePlan {
  /** Path in the tree → text. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths in the tree that are no longer there. */
  readonly removed: readonly string[];
  readonly changes: readonly Change[];
  readonly missing: readonly MissingComment[];
}

/**
 * Works out the new tree. Throws `ContractError` for facts or trees that cannot be used, and where
 * the facts have nothing of a folder that the tree has.
 */
export function planUpdate(request: UpdateRequest): UpdatePlan {
  const old = readTree(request.tree);
  const skip = [...new Set([...(old?.skip ?? []), ...request.skip])].sort();
  const contract = readFacts(request, [...(old?.contract.notEmbedded ?? []), ...skip]);
  refuseMissingFolders(old?.contract, contract, request);
  const further = request.comments.map(readComments);
  const comments = mergeComments([...(old === undefined ? [] : [old.comments]), ...further]);
  const before: Contract = old?.contract ?? { source: request.source, notEmbedded: [], files: [] };
  return plan(contract, comments, before, old?.paths ?? [], skip);
}

/** A folder that is missing altogether is a `--from` that was forgotten. */
function refuseMissingFolders(
  before: Contract | undefined,
  after: Contract,
  { from, gone }: UpdateRequest,
): void {
  const folders = ({ files }: Contract) =>
    new Set(files.filter(({ path }) => path.includes('/')).map(({ path }) => path.split('/')[0]));
  const kept = folders(after);
  const missing = [...(before === undefined ? [] : folders(before))].filter(
    (folder = '') => !kept.has(folder) && !gone.includes(folder),
  );
  if (missing.length === 0) return;
  const list = missing.map((folder) => `${folder}/`).join(', ');
  throw new ContractError(
    `${from.join(' and ')}: nothing of ${list} of the tree is there. Name the folder that it comes ` +
      `from with another --from, or say that the release has none of it: ` +
      missing.map((folder) => `--gone ${folder}`).join(' '),
  );
}

function plan(
  contract: Contract,
  comments: Comments,
  before: Contract,
  paths: readonly string[],
  skip: readonly string[],
): UpdatePlan {
  const files = renderContract(contract, comments);
  files.set(sourcesFile, renderSources(contract, skip));
  return {
    files,
    removed: paths.filter((path) => !files.has(path)),
    changes: compareContracts(before, contract),
    missing: missingComments(contract, comments),
  };
}

/** Works out the tree with the facts and comments that it has, after comments were edited. */
export function planFormat(tree: string): UpdatePlan {
  const state = readTree(tree);
  if (state === undefined) throw new ContractError(`${tree}: holds no .proto file`);
  return plan(state.contract, state.comments, state.contract, state.paths, state.skip);
}

/** Writes a plan: new and changed files, and takes away those that are gone. */
export function writeUpdate(tree: string, plan: UpdatePlan): void {
  for (const [path, text] of plan.files) {
    const target = join(tree, path);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  for (const path of plan.removed) {
    rmSync(join(tree, path));
    removeEmptyFolders(tree, dirname(path));
  }
}

/** A tree as it is on disk: facts, comments, and the paths of its files. */
export interface ProtoTreeState {
  readonly contract: Contract;
  readonly comments: Comments;
  readonly paths: readonly string[];
  /** Files to leave out of source folders. */
  readonly skip: readonly string[];
}

/** Reads a tree that this tool keeps; `undefined` for a folder that is empty or not there yet. */
export function readTree(tree: string): ProtoTreeState | undefined {
  const sources = readSources(tree);
  if (!hasProtoFiles(tree)) return undefined;
  if (sources === undefined) {
    const reason = `holds .proto files but no ${sourcesFile}, so it is not a tree to update`;
    throw new ContractError(`${tree}: ${reason}`);
  }
  const { source, notEmbedded, skip } = sources;
  return {
    contract: { ...readProtos([tree], source, notEmbedded), notEmbedded },
    comments: readComments(tree),
    paths: protoFilesIn(tree).map((file) => file.path),
    skip,
  };
}

function readFacts({ from, source }: UpdateRequest, skip: readonly string[]): Contract {
  const [first] = from;
  if (first === undefined) throw new ContractError('--from: name the facts to update to');
  if (from.every(isFolder)) return readProtos(from, source, skip);
  if (from.length > 1) throw new ContractError('--from: give one contract JSON, or folders only');
  const contract = readContract(readText(first), first);
  if (contract.source.talos !== source.talos) {
    const found = `is the contract of Talos ${contract.source.talos}`;
    throw new ContractError(`${first}: ${found}, but --talos says ${source.talos}`);
  }
  return contract;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ContractError(`${path}: cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function removeEmptyFolders(tree: string, folder: string): void {
  for (let path = folder; path !== '.'; path = dirname(path)) {
    try {
      rmdirSync(join(tree, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return;
      throw error;
    }
  }
}
