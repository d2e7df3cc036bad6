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
 * The program that the conformance suite runs: it reads which calls to make from standard input,
 * makes them side by side, and writes what they gave to standard output.
 */
async function main(): Promise<void> {
  const running: Promise<void>[] = [];
  for await (const bytes of readFrames(process.stdin)) running.push(answer(bytes));
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
