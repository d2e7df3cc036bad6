import { invalidBookmark } from './bookmark.js';
import type { Collection } from './collection.js';
import type { Change } from './history.js';
import type { Matcher } from './query/matcher.js';
import type { Resource } from './resource.js';

/** What a watch tells. The names are those of `cosi.resource.EventType`. */
export interface WatchEvent {
  readonly type: 'CREATED' | 'UPDATED' | 'DESTROYED' | 'BOOTSTRAPPED' | 'ERRORED' | 'NOOP';
  readonly resource?: Resource | undefined;
  readonly old?: Resource | undefined;
  readonly error?: string | undefined;
  readonly bookmark?: Uint8Array | undefined;
}

/** Where a watch starts; with neither, with what happens from now on. */
export interface WatchStart {
  /** That many changes of the past first. */
  readonly tailEvents?: number | undefined;
  /** After this change. */
  readonly bookmark?: Uint8Array | undefined;
}

/** How a namespace and type is watched. */
export interface KindWatch extends WatchStart {
  /** Starts with what there is. */
  readonly bootstrapContents?: boolean | undefined;
  /** Tells the bookmark of the start. */
  readonly bootstrapBookmark?: boolean | undefined;
  readonly matches: Matcher;
}

/**
 * Watches a namespace and type: batches of what happened since the last one. It is set up when
 * this returns, and ends when `signal` is aborted. A reader that falls too far behind gets ERRORED
 * and nothing more.
 *
 * Fails with the status of the call when the start is no good.
 */
export function watchKind(
  collection: Collection,
  options: KindWatch,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  const { bootstrapContents = false, bootstrapBookmark = false, matches } = options;
  const { tailEvents = 0, bookmark } = options;
  if (bootstrapContents && (tailEvents > 0 || bookmark !== undefined)) {
    throw new Error('cannot use BootstrapContents with TailEvents and StartFromBookmark options');
  }
  const contents = bootstrapContents ? collection.list().filter(matches) : undefined;
  const start = kindStart(collection, options);
  // A bookmark names the change it comes after.
  const position = collection.bookmarks.encode(start - 1);
  return (async function* () {
    if (contents !== undefined) {
      yield [
        ...contents.map((resource): WatchEvent => ({ type: 'CREATED', resource })),
        { type: 'BOOTSTRAPPED', resource: collection.tombstone(''), bookmark: position },
      ];
    }
    if (bootstrapBookmark) {
      yield [{ type: 'NOOP', resource: collection.tombstone(''), bookmark: position }];
    }
    yield* follow(collection, start, signal, (change) => seenThrough(matches, change));
  })();
}

/**
 * Watches one resource. Unless it starts in the past, it first tells how the resource is: CREATED,
 * or DESTROYED with a tombstone when there is none. Else as `watchKind`.
 */
export function watchOne(
  collection: Collection,
  id: string,
  options: WatchStart,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  const { tailEvents = 0, bookmark } = options;
  const start = oneStart(collection, id, options);
  const current = collection.find(id);
  const first: WatchEvent =
    current === undefined
      ? { type: 'DESTROYED', resource: collection.tombstone(id) }
      : { type: 'CREATED', resource: current };
  return (async function* () {
    if (tailEvents <= 0 && bookmark === undefined) yield [first];
    yield* follow(collection, start, signal, (change) =>
      change.resource.metadata.id === id ? plain(change) : undefined,
    );
  })();
}

function kindStart({ history, bookmarks }: Collection, options: WatchStart): number {
  const { tailEvents = 0, bookmark } = options;
  if (tailEvents > 0 && bookmark !== undefined) throw bothStarts();
  if (tailEvents > 0) return Math.max(0, history.oldest, history.end - tailEvents);
  if (bookmark === undefined) return history.end;
  return afterBookmark(history, bookmarks.decode(bookmark), -1);
}

function oneStart({ history, bookmarks }: Collection, id: string, options: WatchStart): number {
  const { tailEvents = 0, bookmark } = options;
  if (tailEvents > 0 && bookmark !== undefined) throw bothStarts();
  if (bookmark !== undefined) return afterBookmark(history, bookmarks.decode(bookmark), 0);
  const oldest = Math.max(0, history.oldest);
  let position = history.end;
  for (let found = 0; position > oldest && found < tailEvents; position--) {
    if (history.at(position - 1).resource.metadata.id === id) found += 1;
  }
  return position;
}

function afterBookmark(history: Collection['history'], position: number, least: number): number {
  const tooOld = position < history.oldest || position < least;
  if (tooOld || position >= history.end) throw invalidBookmark();
  return position + 1;
}

function bothStarts(): Error {
  return new Error('cannot use both TailEvents and StartFromBookmark options');
}

async function* follow(
  { namespace, type, history, bookmarks }: Collection,
  start: number,
  signal: AbortSignal,
  shown: (change: Change) => Omit<WatchEvent, 'bookmark'> | undefined,
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  let position = start;
  while (await history.reaches(position, signal)) {
    if (history.hasLost(position)) {
      const error =
        `buffer overrun: namespace "${namespace}" type "${type}", write pos ${history.end}, ` +
        `pos ${position}, capacity ${history.capacity}`;
      yield [{ type: 'ERRORED', error }];
      await aborted(signal);
      return;
    }
    const changes = history.from(position);
    position = history.end;
    const events: WatchEvent[] = [];
    for (const change of changes) {
      const event = shown(change);
      if (event !== undefined) {
        events.push({ ...event, bookmark: bookmarks.encode(change.position) });
      }
    }
    if (events.length > 0) yield events;
  }
}

/** How a change looks to who sees only what matches. */
function seenThrough(matches: Matcher, change: Change): Omit<WatchEvent, 'bookmark'> | undefined {
  const { resource, old } = change;
  const isSeen = matches(resource);
  const wasSeen = old === undefined ? isSeen : matches(old);
  if (isSeen && wasSeen) return plain(change);
  if (isSeen) return { type: 'CREATED', resource };
  return wasSeen ? { type: 'DESTROYED', resource } : undefined;
}

const eventTypes = { created: 'CREATED', updated: 'UPDATED', destroyed: 'DESTROYED' } as const;

function plain({ type, resource, old }: Change): Omit<WatchEvent, 'bookmark'> {
  return { type: eventTypes[type], resource, old };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
