import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyMethod,
  collect,
  createTalosClient,
  plaintext,
  type TalosClient,
} from '../../src/index.js';
import { checkRequest } from '../../src/runtime/arguments/required.js';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { rpcName } from '../../src/runtime/method.js';
import { serverMethods } from '../../testkit/generated/methods.js';
import { codecs, type Message, rpcs } from '../codec/support/codecs.js';
import { messageOf } from '../codec/support/values.js';

/** One value of a message type, the same in every run: the first that `fits`. */
function sample(type: string, fits: (message: Message) => boolean = () => true): Message {
  const codec = codecs.get(type);
  if (codec === undefined) throw new Error(type);
  const some = fc.sample(messageOf(codec), { seed: 7, numRuns: 100 }).map(({ ours }) => ours);
  const found = some.find(fits);
  if (found === undefined) throw new Error(`no ${type} states what it must`);
  return found;
}

/** Whether a request states all that it must. */
const isStated = (method: AnyMethod) => (request: Message) => {
  try {
    checkRequest(method, request);
    return true;
  } catch {
    return false;
  }
};

/** Buffers as plain byte arrays, so that only their bytes are compared. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return value;
}

/** What the server answers, and what the caller must get for it. */
function replyOf({ unwrap }: AnyMethod, output: string): { wire: Message; reply: unknown } {
  const wire = sample(output);
  const quiet = (entry: Message): Message =>
    'metadata' in entry ? { ...entry, metadata: undefined } : entry;
  switch (unwrap) {
    case 'message':
    case 'acknowledgement': {
      const list = codecs.get(output)?.facts.fields[0]?.type as string;
      const entry = quiet(sample(list));
      return { wire: { messages: [entry] }, reply: unwrap === 'message' ? entry : undefined };
    }
    case 'empty':
      return { wire: {}, reply: undefined };
    case 'bytes':
      return { wire: quiet(wire), reply: wire.bytes };
    default:
      return { wire: quiet(wire), reply: quiet(wire) };
  }
}

const received = new Map<string, unknown[]>();
const server = new Server();
let talos: TalosClient;

beforeAll(async () => {
  for (const { method, decodeRequest, encodeReply } of serverMethods) {
    const { output } = rpcs.get(rpcName(method)) as { output: string };
    const bytes = Buffer.from(toBytes(encodeReply, replyOf(method, output).wire));
    const kind = {
      unary: 'unary',
      'server-stream': 'serverStream',
      'client-stream': 'clientStream',
      duplex: 'bidi',
    } as const;
    const note = (request: Buffer) =>
      received.set(method.path, [
        ...(received.get(method.path) ?? []),
        fromBytes(decodeRequest, request),
      ]);
    // biome-ignore lint/suspicious/noExplicitAny: grpc-js has a type per kind of handler.
    const handler: any = {
      unary: (call: { request: Buffer }, answer: (error: null, reply: Buffer) => void) => {
        note(call.request);
        answer(null, bytes);
      },
      'server-stream': (call: { request: Buffer; write(reply: Buffer): void; end(): void }) => {
        note(call.request);
        call.write(bytes);
        call.write(bytes);
        call.end();
      },
      'client-stream': async (
        call: AsyncIterable<Buffer>,
        answer: (error: null, reply: Buffer) => void,
      ) => {
        for await (const request of call) note(request);
        answer(null, bytes);
      },
      duplex: (call: ServerDuplexStream<Buffer, Buffer>) => {
        call.on('data', note);
        call.on('end', () => {
          call.write(bytes);
          call.write(bytes);
          call.end();
        });
      },
    }[method.kind];
    const pass = (value: Buffer) => value;
    server.register(method.path, handler, pass, pass, kind[method.kind] as never);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  talos = createTalosClient({
    endpoints: [`127.0.0.1:${port}`],
    credentials: plaintext(),
    proxy: 'direct',
  });
});

afterAll(async () => {
  await talos?.close();
  server.forceShutdown();
});

const features = [...new Set([...rpcs.values()].map(({ feature }) => feature))];

describe.each(features)('%s', (feature) => {
  const own = [...rpcs].filter(([, rpc]) => rpc.feature === feature);

  it.each(own.map(([name, rpc]) => [rpc.name, name] as const))(
    '%s sends its request and gives the reply of %s',
    async (name, rpc) => {
      const { input, output } = rpcs.get(rpc) as { input: string; output: string };
      const module = await import(
        new URL(`../../generated/features/${feature}.ts`, import.meta.url).href
      );
      const method: AnyMethod = module[`${feature}Methods`][name];
      const client = module[feature](talos);
      const request = sample(input, isStated(method));
      const argument = method.wrap === 'bytes' ? request.bytes : request;
      const { reply } = replyOf(method, output);
      const wanted =
        method.wrap === 'bytes' ? { metadata: undefined, bytes: request.bytes } : request;

      const many = method.kind === 'client-stream' || method.kind === 'duplex';
      const given = client[name](many ? [argument, argument] : argument);
      const streams = method.kind === 'server-stream' || method.kind === 'duplex';
      const got = streams ? await collect(given as AsyncIterable<unknown>) : await given;
      expect(plain(got)).toEqual(plain(streams ? [reply, reply] : reply));
      expect(plain(received.get(method.path))).toEqual(plain(many ? [wanted, wanted] : [wanted]));
    },
  );
});

it('there are 81 of them', () => {
  expect(rpcs.size).toBe(81);
});
