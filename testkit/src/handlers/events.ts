import type { EventsMethods, EventsRequest } from 'talos-client/events';
import type { HandlersOf } from '../base/calls/rpc.js';
import { type EventTail, events } from '../topics/events/events.js';
import { packPayload } from '../topics/events/payload.js';

/** Runtime events, after a greeting that says that the subscription holds. */
export const eventsHandlers: HandlersOf<EventsMethods> = {
  watch({ machine, signal }, request) {
    const ring = machine.state(events);
    const read = ring.read(tailOf(request), signal);
    const { withActorId } = request;
    const greeting = { id: ring.nextId(), actorId: withActorId, data: {} };
    return (async function* () {
      yield greeting;
      for await (const { id, actorId, payload } of read) {
        if (withActorId !== '' && actorId !== withActorId) continue;
        yield { id, actorId, data: packPayload(payload) };
      }
    })();
  },
};

function tailOf({ tailEvents, tailId, tailSeconds }: EventsRequest): EventTail | undefined {
  const tails: EventTail[] = [
    ...(tailEvents === 0 ? [] : [{ events: tailEvents }]),
    ...(tailId === '' ? [] : [{ id: tailId }]),
    ...(tailSeconds === 0 ? [] : [{ seconds: tailSeconds }]),
  ];
  if (tails.length > 1)
    throw new Error('only one of tail events, tail id and tail seconds may be set');
  return tails[0];
}
