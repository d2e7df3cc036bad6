import { onAbort } from '../../../runtime/abort-listeners.js';
import { isTalosError } from '../../../runtime/errors/any-error.js';
import type { Collector, CollectorFailure } from '../collect/collector.js';
import type { ZipWriter } from '../zip/zip-writer.js';
import { Ahead } from './ahead.js';
import { maskLines } from './mask-lines.js';

/** How many files are collected at a time. */
const AT_A_TIME = 8;

/** What files are written with. */
export interface WriteTask {
  readonly zip: ZipWriter;
  readonly signal: AbortSignal;
  /** Called for each file that is there, and for each that is not. */
  readonly onFile: (collector: Collector, failure: CollectorFailure | undefined) => void;
  /** Whether a node still answers; asked when a call was lost. */
  readonly isThere: (node: string) => Promise<boolean>;
}

/** Collects files, several at a time, and writes them one after the other. Gives what failed. */
export async function writeFiles(
  collectors: Iterable<Collector>,
  { zip, signal, onFile, isThere }: WriteTask,
): Promise<readonly CollectorFailure[]> {
  const failures: CollectorFailure[] = [];
  const gone = new Set<string>();
  const names = new Set<string>();
  const leaving = new AbortController();
  const undo = onAbort(signal, (reason) => leaving.abort(reason));
  const started: { readonly collector: Collector; readonly content: Ahead }[] = [];

  const write = async (): Promise<void> => {
    const next = started.shift();
    if (next === undefined) return;
    const { collector, content } = next;
    const { node, path } = collector;
    signal.throwIfAborted();
    const failed = await writeFile(
      zip,
      unique(path, names),
      content,
      collector.isOptional === true,
    );
    signal.throwIfAborted();
    const failure = failed === undefined ? undefined : { node, path, error: failed.error };
    if (failure !== undefined) {
      failures.push(failure);
      if (
        node !== undefined &&
        !gone.has(node) &&
        isLost(failure.error) &&
        !(await isThere(node))
      ) {
        // Everything else that it would be asked for would fail as well, and take its time.
        gone.add(node);
        for (const each of started)
          if (each.collector.node === node) each.content.leave(goneError());
      }
    }
    onFile(collector, failure);
  };

  try {
    for (const collector of collectors) {
      signal.throwIfAborted();
      if (collector.node !== undefined && gone.has(collector.node)) {
        failures.push(leftOut(collector));
        onFile(collector, failures.at(-1));
        continue;
      }
      const content = new Ahead(maskLines(collector.collect({ signal: leaving.signal })));
      started.push({ collector, content });
      if (started.length >= AT_A_TIME) await write();
    }
    while (started.length > 0) await write();
  } finally {
    undo();
    leaving.abort();
    for (const { content } of started) content.leave(signal.reason);
  }
  return failures;
}

/** Writes one file; gives the error that its content ended with. What came before the error stays. */
async function writeFile(
  zip: ZipWriter,
  name: string,
  content: Ahead,
  isOptional: boolean,
): Promise<{ readonly error: unknown } | undefined> {
  let failure: { readonly error: unknown } | undefined;
  async function* whole(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* content;
    } catch (error) {
      failure = { error };
    }
  }
  const chunks = whole();
  const first = await chunks.next();
  if (first.done === true && (isOptional || failure !== undefined)) return failure;
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    if (first.done !== true) yield first.value;
    yield* chunks;
  }
  await zip.add(name, all());
  return failure;
}

function leftOut({ node, path }: Collector): CollectorFailure {
  return { node, path, error: goneError() };
}

function goneError(): Error {
  return new Error('left out: the node does not answer any more');
}

/** Whether an error may mean that the node is gone. */
function isLost(error: unknown): boolean {
  if (!isTalosError(error) || error.code !== 'rpc') return false;
  return error.status === 'unavailable' || error.status === 'deadline-exceeded';
}

/** A name that the zip does not have yet. */
function unique(path: string, names: Set<string>): string {
  let name = path;
  for (let number = 2; names.has(name); number += 1) {
    name = path.replace(/(\.\w+)?$/, (ending) => `-${number}${ending}`);
  }
  names.add(name);
  return name;
}
