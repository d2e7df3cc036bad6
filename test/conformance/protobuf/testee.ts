import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Decode, type Encode, fromBytes, toBytes } from '../../../src/runtime/codec.js';

// The program that protobuf's conformance suite tests: requests come in on stdin, each behind its
// length in four bytes, answers go out on stdout the same way. Only what the library does is
// answered, binary proto3; the rest is skipped, and the runner counts it.

const [folder = ''] = process.argv.slice(2);
const load = (file: string) => import(pathToFileURL(join(folder, file)).href);
const messages: Readonly<Record<string, unknown>> = await load('messages/unreached.ts');
const server: Readonly<Record<string, unknown>> = await load('server/unreached.ts');

interface Request {
  readonly payload: { readonly case: string | undefined; readonly value?: unknown };
  readonly requestedOutputFormat: string;
  readonly messageType: string;
}

const decodeRequest = messages.decodeConformanceRequest as Decode<Request>;
const encodeResponse = server.encodeConformanceResponse as Encode<unknown>;
const decode = messages.decodeTestAllTypesProto3 as Decode<unknown>;
const encode = server.encodeTestAllTypesProto3 as Encode<unknown>;

function answer({ payload, requestedOutputFormat, messageType }: Request): object {
  if (messageType === 'conformance.FailureSet')
    return { case: 'protobufPayload', value: new Uint8Array() };
  if (messageType !== 'protobuf_test_messages.proto3.TestAllTypesProto3') {
    return { case: 'skipped', value: `${messageType} is no proto3` };
  }
  if (payload.case !== 'protobufPayload' || requestedOutputFormat !== 'PROTOBUF') {
    return { case: 'skipped', value: 'the library has binary protobuf only' };
  }
  let message: unknown;
  try {
    message = fromBytes(decode, payload.value as Uint8Array);
  } catch (error) {
    return { case: 'parseError', value: String(error) };
  }
  try {
    return { case: 'protobufPayload', value: toBytes(encode, message) };
  } catch (error) {
    return { case: 'serializeError', value: String(error) };
  }
}

let rest: Buffer = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  rest = Buffer.concat([rest, chunk]);
  while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
    const end = 4 + rest.readUInt32LE(0);
    // A copy: what a message holds are views of what it was read from.
    const request = fromBytes(decodeRequest, Buffer.from(rest.subarray(4, end)));
    const response = toBytes(encodeResponse, { result: answer(request) });
    const size = Buffer.alloc(4);
    size.writeUInt32LE(response.length);
    process.stdout.write(Buffer.concat([size, response]));
    rest = rest.subarray(end);
  }
}
