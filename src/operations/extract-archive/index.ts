import type { ReconnectParts } from '../../reconnect/index.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import { described } from '../../runtime/arguments/described.js';
import { anything } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { ByteSource } from '../archive/byte-reader.js';
import { gunzip } from '../archive/gunzip.js';
import { OpenPath } from '../archive/open-path.js';
import { readTar } from '../archive/read-tar.js';
import { untilAborted } from '../archive/until-aborted.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { Extraction } from './extraction.js';
import type { ExtractedArchive } from './result.js';

export type { ByteSource } from '../archive/byte-reader.js';
export type { ExtractedArchive, ExtractedEntry, LeftOutEntry } from './result.js';

/**
 * The steps of `extractArchive`. Symbolic links are made when everything else is there, so that nothing
 * is written through them.
 */
export type ExtractArchiveStep = 'unpack' | 'make links';

/** Options of `extractArchive`: how much an archive may hold. */
export interface ExtractArchiveOptions extends OperationOptions<ExtractArchiveStep> {
  /**
   * The most bytes that it may unpack to, headers and entries that are left out included. Default:
   * 1073741824 (1 GiB).
   */
  readonly maxBytes?: number | undefined;
  /** The most entries. Default: 100000. */
  readonly maxEntries?: number | undefined;
}

const shape: Shape<ExtractArchiveOptions> = {
  ...operationShape,
  maxBytes: anything,
  maxEntries: anything,
};

/**
 * Unpacks what `files(node).copy` sends, a tar.gz, into a folder. The folder is made (0700) if it is
 * missing. The archive is unpacked as it comes; memory does not grow with its size.
 *
 * Whatever the archive says, nothing is written outside the folder, and nothing in it is replaced or
 * written through a link. Left out are names that lead out, links that do (and all hard links), devices,
 * pipes, and what is there already; `leftOut` lists them. Files get the permissions of the archive without
 * setuid, setgid and sticky bits, and nobody but the owner may write.
 *
 * A file is whole, or not there. When an archive breaks off, the files before stay.
 *
 * @example
 * ```ts
 * const { written, leftOut, sourceError } = await extractArchive(
 *   files(node).copy({ rootPath: '/var/log' }),
 *   './logs-of-cp-1',
 * );
 * ```
 * @param bytes the archive: all of it, or a stream of it such as that of `files(node).copy`
 * @throws {TalosOperationError} when the archive breaks off, is none, is larger than the options allow,
 * the folder cannot be written, or after `timeoutMs` (default: 1800000, half an hour)
 */
export async function extractArchive(
  bytes: ByteSource,
  folder: string,
  options: ExtractArchiveOptions = {},
  parts?: ReconnectParts,
): Promise<ExtractedArchive> {
  checkOptions(options, shape, 'extractArchive');
  const { maxBytes = 2 ** 30, maxEntries = 100_000 } = options;
  checkCount(maxBytes, 'maxBytes');
  checkCount(maxEntries, 'maxEntries');
  checkSource(bytes);
  if (typeof folder !== 'string' || folder === '') {
    throw new TalosConfigError('extractArchive: folder: expected the path of a folder', {
      field: 'folder',
    });
  }
  const setup = { name: 'extractArchive', options, defaultTimeoutMs: 30 * 60_000, parts };
  return runOperation<ExtractArchiveStep, ExtractedArchive>(setup, async (operation) => {
    operation.begin('unpack');
    operation.changes();
    const path = await OpenPath.at(folder);
    try {
      return await extract(operation, { bytes, path, maxBytes, maxEntries });
    } finally {
      await path.close();
    }
  });
}

interface Task {
  readonly bytes: ByteSource;
  readonly path: OpenPath;
  readonly maxBytes: number;
  readonly maxEntries: number;
}

async function extract(
  operation: Operation<ExtractArchiveStep>,
  { bytes, path, maxBytes, maxEntries }: Task,
): Promise<ExtractedArchive> {
  const extraction = new Extraction(path);
  operation.signal.throwIfAborted();
  const leaving = new AbortController();
  const undo = onAbort(operation.signal, (reason) => leaving.abort(reason));
  const { chunks, error } = gunzip(untilAborted(bytes, leaving.signal), maxBytes);
  let entries = 0;
  try {
    for await (const entry of readTar(chunks)) {
      operation.signal.throwIfAborted();
      entries += 1;
      if (entries > maxEntries) throw new RangeError(`it has more than ${maxEntries} entries`);
      await extraction.add(entry);
      operation.tell({ type: 'bytes', bytes: extraction.bytes, total: undefined });
    }
  } catch (failure) {
    operation.signal.throwIfAborted();
    throw unfinished(operation, extraction, failure, error());
  } finally {
    undo();
    // A source that was not read to its end may never answer.
    leaving.abort();
  }
  operation.signal.throwIfAborted();
  operation.begin('make links');
  await extraction.makeLinks(operation.signal);
  const { written, leftOut } = extraction;
  return { written, leftOut, bytes: extraction.bytes, sourceError: error() };
}

/** What an archive that did not come to its end is told as. */
function unfinished(
  operation: Operation<ExtractArchiveStep>,
  { written }: Extraction,
  failure: unknown,
  sourceError: unknown,
): unknown {
  const files = written.filter(({ type }) => type === 'file').length;
  const reasons = [sourceError, failure].filter((each) => each !== undefined);
  const text = reasons.map(messageOf);
  const hint =
    failure instanceof RangeError
      ? 'maxBytes and maxEntries allow more; look at where the archive comes from first'
      : undefined;
  return operation.failure(`${text.join('; ')}; files that were written before: ${files}`, {
    outcome: written.length === 0 ? 'unchanged' : 'changed',
    cause: sourceError ?? failure,
    hint,
  });
}

function checkCount(value: unknown, field: string): void {
  if (typeof value === 'number' && value > 0) return;
  throw new TalosConfigError(`extractArchive: ${field}: expected a number above 0`, { field });
}

function checkSource(bytes: unknown): void {
  const isSource =
    bytes instanceof Uint8Array ||
    (typeof bytes === 'object' && bytes !== null && Symbol.asyncIterator in bytes);
  if (isSource) return;
  throw new TalosConfigError(
    `extractArchive: bytes: expected bytes, or a stream of them, got ${described(bytes)}`,
    { field: 'bytes' },
  );
}
