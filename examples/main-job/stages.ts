import { setTimeout as sleep } from 'node:timers/promises';
import { isTalosError, type TalosNode } from 'talos-client';
import { type DecodedEvent, decodeEvent, events } from 'talos-client/events';

/** What a node tells, and when it is gone for a while. */
export type NodeNews =
  | { readonly kind: 'event'; readonly event: DecodedEvent }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * The events of a node, those that it still has first. Goes on after the connection is lost, since
 * a node that reboots is not there for a while, and its certificate changes when it leaves
 * maintenance. Ends with `signal` alone.
 */
export async function* eventsAcrossBoots(
  node: TalosNode,
  signal: AbortSignal,
  tail: { readonly tailEvents?: number } = { tailEvents: -1 },
): AsyncGenerator<NodeNews> {
  let lastId: string | undefined;
  let lost = false;
  for (;;) {
    let reason = 'the node ended the stream';
    try {
      // Ids are sorted by time, so the last one seen is a place in the list of the next boot too.
      const from = lastId === undefined ? tail : { tailId: lastId };
      for await (const raw of events(node).watch(from, { signal })) {
        const event = decodeEvent(raw);
        lost = false;
        if (event.payload.case !== 'hello') lastId = event.id;
        yield { kind: 'event', event };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isTalosError(error) || error.code !== 'rpc') throw error;
      reason = error.reason;
    }
    if (!lost && lastId !== undefined) yield { kind: 'lost', reason };
    lost = true;
    await sleep(RETRY_MS, undefined, { signal });
  }
}

const RETRY_MS = 100;
