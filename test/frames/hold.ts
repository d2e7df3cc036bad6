import { TestPeer, type TestSink } from '../support/http2-peer.js';
import { settings } from '../support/raw-http2.js';
import { conversation, numbers } from './conversation.js';

/** What became of many conversations. */
export interface Held {
  /** Calls that ended with trailers. */
  ends: number;
  /** Conversations after which the session gave the connection up. */
  broken: number;
}

/** The seed of a conversation: conversations with other seeds, or of other rounds, are others. */
export function seedOf(seed: number, round: number): number {
  return seed * 1_000_000_007 + round;
}

/**
 * Holds one conversation with a session that makes calls meanwhile, and counts into `held` what came of it.
 *
 * @throws {Error} with the seed and the bytes when the session throws, a call does not end once, or a stream
 * is kept
 */
export async function hold(seed: number, held: Held): Promise<void> {
  const random = numbers(seed);
  const peer = new TestPeer({ maxMessageBytes: 100_000 });
  peer.expects = random(2) === 0;
  peer.holds = random(8) === 0;
  const bytes = conversation(random);
  const sinks: TestSink[] = [];
  const call = (): void => {
    const { sink, stream } = peer.call({
      message: Buffer.alloc(random(3000)),
      reads: random(4) > 0,
      ends: random(3) > 0,
    });
    if (random(6) === 0) stream.reset();
    else sinks.push(sink);
  };
  try {
    peer.send(settings);
    call();
    call();
    if (random(2) === 0) await turn();
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random(random(2) === 0 ? 20 : 20_000);
      peer.receive(bytes.subarray(at, at + size));
      at += size;
      if (random(4) === 0) call();
      if (random(8) === 0) await turn();
    }
    if (peer.broke !== undefined) held.broken += 1;
    // All that comes after the end is ignored; what was not read by then comes before it.
    if (random(2) === 0) await turn();
    peer.session.lost(undefined);
    for (const sink of sinks) {
      sink.eager = true;
      sink.stream?.read();
      if (sink.ends.length !== 1) await turn();
      if (sink.ends.length !== 1) throw new Error(`it ended ${sink.ends.length} times`);
      if (sink.end?.kind === 'trailers') held.ends += 1;
    }
    if (peer.session.busy) throw new Error('streams are kept');
  } catch (error) {
    throw new Error(`seed ${seed}: ${bytes.toString('hex')}`, { cause: error });
  }
}

/** All that a session does at the end of a tick is done. */
function turn(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}

/** Whether the conversations were neither all good nor all bad, so that both ways were gone. */
export function isMixed({ ends, broken }: Held, count: number): boolean {
  return ends > count / 20 && broken > count / 10 && broken < count;
}
