import type { Fault } from '../base/calls/faults.js';
import { ConnectionLost, MessageCut, ServerStatus, StreamReset } from '../base/calls/status.js';
import { aborted } from '../base/time/abort.js';
import { type Clock, sleep } from '../base/time/clock.js';

/** Where faults act: the clock they wait on, and the signal that ends the call. */
export interface FaultyCall {
  readonly faults: readonly Fault[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Takes the power from the node. */
  readonly crash: () => void;
}

/** The replies of `run` with the faults of the node on the way. */
export async function* throughFaults<Request>(
  { faults, clock, signal, crash }: FaultyCall,
  requests: AsyncIterable<Request>,
  run: (requests: AsyncIterable<Request>) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let taken = requests;
  let lostAtEnd = false;
  let crashAtEnd = false;
  let end: { readonly at: number; readonly error: () => Error } | undefined;
  let cutAt = Infinity;
  for (const fault of faults) {
    switch (fault.kind) {
      case 'status':
        throw new ServerStatus(fault.status, fault.message, fault.options);
      case 'delay':
        await sleep(clock, fault.ms, signal);
        break;
      case 'stall':
        await aborted(signal);
        break;
      case 'drop-before':
        throw new ConnectionLost();
      case 'drop-after':
        lostAtEnd = true;
        break;
      case 'crash-after':
        lostAtEnd = true;
        crashAtEnd = true;
        break;
      case 'drop-within':
        end = { at: fault.afterReplies, error: () => new ConnectionLost() };
        break;
      case 'reset':
        // It says that nothing was done, and clients may believe it.
        if (fault.code === 'REFUSED_STREAM' && fault.afterReplies === 0) {
          throw new StreamReset(fault.code);
        }
        end = { at: fault.afterReplies, error: () => new StreamReset(fault.code) };
        break;
      case 'truncate':
        cutAt = Math.min(cutAt, fault.afterReplies);
        break;
      case 'slow-reader':
        taken = slowly(taken, fault.ms, clock, signal);
        break;
    }
  }
  let replies = 0;
  for await (const reply of run(taken)) {
    if (replies === end?.at) throw end.error();
    if (replies === cutAt) throw new MessageCut(reply);
    replies += 1;
    if (!lostAtEnd) yield reply;
  }
  if (end !== undefined) throw end.error();
  if (crashAtEnd) crash();
  if (lostAtEnd) throw new ConnectionLost();
}

async function* slowly<T>(
  items: AsyncIterable<T>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  for await (const item of items) {
    await sleep(clock, ms, signal);
    yield item;
  }
}
