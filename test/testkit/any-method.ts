import {
  callClientStream,
  callDuplex,
  callServerStream,
  callUnary,
} from '../../src/runtime/call.js';
import type { TalosClient } from '../../src/runtime/client.js';
import type { AnyMethod } from '../../src/runtime/method.js';
import type { Target } from '../../src/runtime/target.js';
import { lenient } from '../support/all-methods.js';

/**
 * What a call of any method gives, with one request or, where the method takes a stream, none. What
 * requests must state is not asked for. A stream is read up to `limit` replies.
 */
export async function callAny(
  target: Target | TalosClient,
  method: AnyMethod,
  request: object = {},
  limit = Infinity,
): Promise<unknown[]> {
  // biome-ignore lint/suspicious/noExplicitAny: the types of any method.
  const any = lenient(method) as any;
  if (method.kind === 'unary') return [await callUnary(target, any, request)];
  if (method.kind === 'client-stream') return [await callClientStream(target, any, [])];
  const stream =
    method.kind === 'duplex'
      ? callDuplex(target, any, [])
      : callServerStream(target, any, request as never);
  const replies: unknown[] = [];
  for await (const reply of stream) {
    replies.push(reply);
    if (replies.length >= limit) break;
  }
  return replies;
}
