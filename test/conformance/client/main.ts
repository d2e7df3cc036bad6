import { fromBytes, toBytes } from '../../../src/runtime/codec.js';
import {
  type ClientCompatResponse,
  decodeClientCompatRequest,
} from '../generated/features/conformance.js';
import { encodeClientCompatResponse } from '../generated/server/conformance.js';
import { closeClients } from './clients.js';
import { frame, readFrames } from './frames.js';
import { makeCall } from './make-call.js';

/**
 * Calls under way at once. All of them at once would take a busy machine half a second to begin,
 * and the suite wants deadlines to arrive whole.
 */
const MOST_CALLS = 16;

/**
 * The program that the conformance suite runs: it reads which calls to make from standard input,
 * makes them side by side, and writes what they gave to standard output.
 */
async function main(): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const bytes of readFrames(process.stdin)) {
    const call = answer(bytes).finally(() => running.delete(call));
    running.add(call);
    if (running.size >= MOST_CALLS) await Promise.race(running);
  }
  await Promise.all(running);
  await closeClients();
}

async function answer(bytes: Uint8Array): Promise<void> {
  const request = fromBytes(decodeClientCompatRequest, bytes);
  const { testName } = request;
  let response: ClientCompatResponse;
  try {
    response = { testName, result: { case: 'response', value: await makeCall(request) } };
  } catch (error) {
    response = { testName, result: { case: 'error', value: { message: String(error) } } };
  }
  process.stdout.write(frame(toBytes(encodeClientCompatResponse, response)));
}

await main();
