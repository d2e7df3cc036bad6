import type { NodeSet } from 'talos-client';
import { followLogs } from 'talos-client/follow';
import { Entries, shortened } from './entries.js';
import type { Entry, Message } from './protocol.js';
import { reasonOf } from './reason.js';
import { reconnect } from './reconnect.js';
import { Shared } from './shared.js';

/** How many lines are there for a page that comes later, and how many of each node come first. */
const KEPT = 400;
const TAIL_LINES = 30;

/**
 * The log of a service on some nodes, as it comes. Where lines may be missing, there is a mark.
 *
 * @param ended called when nobody looks at it any more
 */
export function logTail(
  nodes: NodeSet,
  service: string,
  lingerMs: number,
  ended: () => void,
): Shared<Message> {
  const entries = new Entries(KEPT);
  const now = (): Message => ({ type: 'log', entries: entries.list });
  const tail = new Shared<Message>(
    now,
    async (signal) => {
      const tell = (kind: Entry['kind'], node: string, text: string) => {
        const entry = { kind, node, text: shortened(text) };
        entries.add(entry);
        tail.publish({ type: 'line', entry });
      };
      const lost = new Set<string>();
      const items = nodes.merge(
        (node) => followLogs(node, { id: service, tailLines: TAIL_LINES }, { reconnect }),
        { signal, onError: (node, error) => tell('mark', node, reasonOf(error)) },
      );
      for await (const { node, value } of items) {
        switch (value.type) {
          case 'line':
            tell('told', node, value.line);
            break;
          case 'connected':
            if (lost.delete(node)) tell('mark', node, 'connected again');
            break;
          case 'disconnected':
            if (!lost.has(node)) tell('mark', node, `connection lost: ${reasonOf(value.error)}`);
            lost.add(node);
            break;
          case 'rebooted':
            tell('mark', node, 'was rebooted');
            break;
          case 'gap':
            tell('mark', node, `lines may be missing: ${value.reason}`);
        }
      }
    },
    lingerMs,
    ended,
  );
  return tail;
}
