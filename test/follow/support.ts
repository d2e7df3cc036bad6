import type { FollowMark } from '../../src/follow/items.js';
import type { TalosStream } from '../../src/runtime/stream.js';

/** An item of any stream that follows a node. */
export type Item = FollowMark | { readonly type: 'event' | 'line' | 'record' };

/** Reads items until one fits, and gives all of them. */
export async function until<T extends Item>(
  stream: Pick<TalosStream<T>, 'next'>,
  fits: (item: T) => boolean,
): Promise<T[]> {
  const items: T[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done === true) throw new Error(`the stream ended after ${items.map(({ type }) => type)}`);
    items.push(value);
    if (fits(value)) return items;
  }
}

/** The items as texts: what was told, and the types of the others. */
export function words(items: readonly Item[]): string[] {
  return items.map((item) => {
    if ('line' in item) return item.line as string;
    if ('record' in item) return (item.record as string).replace(/^.*\]: /s, '');
    if (item.type === 'gap') return `gap ${item.reason}`;
    return item.type;
  });
}
