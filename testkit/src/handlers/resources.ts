import type { Init } from 'talos-client';
import type {
  Resource,
  ResourcesMethods,
  WatchRequest,
  WatchResponse,
} from 'talos-client/resources';
import type { ServedCall } from '../base/calls/context.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { checkReadAccess, writeRefused } from '../topics/cosi/access.js';
import type { Collection } from '../topics/cosi/collection.js';
import { matcherOf } from '../topics/cosi/query/matcher.js';
import { resources } from '../topics/cosi/resources.js';
import { type WatchEvent, watchKind, watchOne } from '../topics/cosi/watch.js';
import { eventMessage, resourceMessage } from '../topics/cosi/wire.js';

/** Which resources a request is about. */
interface Kind {
  readonly namespace: string;
  readonly type: string;
}

/** Reads of the resources of a node, and refusals of writes. */
export const resourcesHandlers: HandlersOf<ResourcesMethods> = {
  async get(ctx, request) {
    const collection = await readable(ctx, request);
    return { resource: resourceMessage(collection.get(request.id)) };
  },

  async *list(ctx, request) {
    const matches = matcherOf(request.options);
    for (const resource of (await readable(ctx, request)).list()) {
      if (matches(resource)) yield { resource: resourceMessage(resource) };
    }
  },

  watch: watchResources,

  create: (_, { resource }) => refuseResource(resource),
  update: (_, { newResource }) => refuseResource(newResource),

  destroy() {
    throw writeRefused();
  },

  async teardown(ctx, request) {
    // It reads before it writes: what is missing is not found, what is torn down needs no write.
    const { phase, finalizers } = (await readable(ctx, request)).get(request.id).metadata;
    if (phase === 'tearingDown') return { destroyReady: finalizers.length === 0 };
    throw writeRefused();
  },

  async teardownAndDestroy(ctx, request) {
    (await readable(ctx, request)).get(request.id);
    throw writeRefused();
  },
};

/** A resource that is not whole is refused for that first. */
function refuseResource(resource: Resource | undefined): never {
  if (resource?.metadata === undefined) throw new Error('metadata is missing');
  if (resource.spec === undefined) throw new Error('spec is missing');
  throw writeRefused();
}

/** The resources of a request, once it is clear that the caller may read them. */
async function readable({ machine, roles }: ServedCall, kind: Kind): Promise<Collection> {
  checkReadAccess(machine, roles, kind);
  const state = machine.state(resources);
  await state.ready(kind.type);
  return state.collection(kind.namespace, kind.type);
}

async function* watchResources(
  ctx: ServedCall,
  request: WatchRequest,
): AsyncGenerator<Init<WatchResponse>, void, undefined> {
  const over = new AbortController();
  const end = () => over.abort();
  const signals = [ctx.signal, ctx.machine.closingSignal];
  for (const signal of signals) signal.addEventListener('abort', end, { once: true });
  if (signals.some(({ aborted }) => aborted)) end();
  try {
    const events = await startWatch(ctx, request, over.signal);
    // The first response says that the watch is set up.
    yield {};
    const withMarkers = request.apiVersion >= 1;
    const aggregated = request.id === undefined && request.options?.aggregated === true;
    for await (const batch of events) {
      const told = withMarkers ? batch : batch.filter(({ type }) => !isMarker(type));
      if (aggregated) yield { event: told.map(eventMessage) };
      else for (const event of told) yield { event: [eventMessage(event)] };
    }
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end);
    over.abort();
  }
}

/** Events that callers with `api_version` 0 do not know. */
function isMarker(type: WatchEvent['type']): boolean {
  return type === 'BOOTSTRAPPED' || type === 'ERRORED';
}

async function startWatch(
  ctx: ServedCall,
  request: WatchRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<readonly WatchEvent[]>> {
  const { id, options } = request;
  const start = { tailEvents: options?.tailEvents, bookmark: options?.startFromBookmark };
  if (id === undefined) {
    const matches = matcherOf(options);
    const { bootstrapContents, bootstrapBookmark } = options ?? {};
    const how = { ...start, bootstrapContents, bootstrapBookmark, matches };
    return watchKind(await readable(ctx, request), how, signal);
  }
  if (options?.bootstrapContents === true) throw unimplemented('bootstrap contents');
  if (options !== undefined && options.labelQuery.length > 0) throw unimplemented('label query');
  return watchOne(await readable(ctx, request), id, start, signal);
}

function unimplemented(what: string): ServerStatus {
  return new ServerStatus('unimplemented', `${what} is not implemented for resource watch`);
}
