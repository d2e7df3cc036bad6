import { describe, expect, it } from 'vitest';
import type { CallOptions } from '../../../src/index.js';
import { callServerStream } from '../../../src/runtime/call.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { fakeClient } from '../../support/fake-carrier.js';
import { rejection } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';

const follow = noteMethod('server-stream');

/** A stream of which one reply was read, on a clock that stands still. */
async function begun(options: CallOptions) {
  const { talos, carrier, clock } = fakeClient();
  const stream = callServerStream(talos, follow, {}, options);
  const first = stream.next();
  carrier.latest.message('0');
  expect(await first).toEqual({ done: false, value: { text: '0' } });
  return { stream, clock, peer: carrier.latest };
}

describe('a stream with an idle timeout', () => {
  it('ends when nothing comes for so long, however much came before', async () => {
    const { stream, clock, peer } = await begun({ idleTimeoutMs: 250 });
    const texts: string[] = [];
    const error = rejection(
      (async () => {
        for await (const { text } of stream) texts.push(text);
      })(),
    );
    for (let count = 1; count < 8; count += 1) {
      await clock.advance(240);
      peer.message(`${count}`);
    }
    await clock.advance(249);
    expect(peer.isReset).toBe(false);
    await clock.advance(1);
    expect(await error).toMatchObject({
      status: 'deadline-exceeded',
      reason: 'nothing came for 250 ms',
    });
    expect(texts).toHaveLength(7);
    expect(peer.isReset).toBe(true);
  });

  it('is not idle because its reader is slow', async () => {
    const { stream, clock, peer } = await begun({ idleTimeoutMs: 100 });
    let count = 1;
    // Until nothing more is asked for, since nobody takes what came.
    for (; peer.asked > 0 && count < 100; count += 1) peer.message(`${count}`);
    expect(peer.asked).toBe(0);
    await clock.advance(10_000);
    expect(peer.isReset).toBe(false);
    const rest = collect(stream);
    await clock.advance(0);
    expect(peer.asked).toBe(1);
    peer.answer('last');
    expect((await rest).map(({ text }) => text)).toEqual([
      ...Array.from({ length: count - 1 }, (_, index) => `${index + 1}`),
      'last',
    ]);
  });
});

it('a stream has its deadline when asked for one, also after replies', async () => {
  const { stream, clock, peer } = await begun({ timeoutMs: 150 });
  const error = rejection(stream.next());
  await clock.advance(149);
  expect(peer.isReset).toBe(false);
  await clock.advance(1);
  expect(await error).toMatchObject({ status: 'deadline-exceeded' });
  expect(peer.isReset).toBe(true);
});

it('a slow reader has no more asked of the node than it can keep', async () => {
  const { stream, peer } = await begun({});
  let kept = 0;
  for (; peer.asked > 0 && kept < 100; kept += 1) peer.message(`${kept}`);
  expect(kept).toBeLessThan(10);
  await stream.next();
  expect(peer.asked).toBe(1);
  stream.cancel();
});
