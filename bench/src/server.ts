import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { dataMessage, frameMessage, messageFraming } from './frames.js';
import type { Pki } from './pki.js';
import { NO_NODE, readSample } from './samples.js';

/** What the streams give, told before each slice: requests stay the same in all workloads. */
export interface ServerOrder {
  /** Messages in the next streams. */
  readonly messages: number;
  /** Bytes of data in each. */
  readonly size: number;
}

/** Sent when the server listens. */
export interface ServerReady {
  /** Where messages are joined to large HTTP/2 frames, as Node does. */
  readonly joined: number;
  /** Where each message is a frame, as Go does. */
  readonly framed: number;
}

/** Sent in answer to an order: the bytes of upload since the last one. */
export interface ServerReport {
  readonly received: number;
}

const headers = { ':status': 200, 'content-type': 'application/grpc' };
const settings = { initialWindowSize: 2 ** 21, maxConcurrentStreams: 2 ** 20 };
/** Bytes written to a stream at once. */
const WRITE = 256 * 1024;

let order: ServerOrder = { messages: 0, size: 0 };
let batch = { size: -1, frames: Buffer.alloc(0), perWrite: 0, frameLength: 0 };
let received = 0;

const processes = frameMessage(readSample('Processes'));
const versions = new Map<string, Buffer>();

function versionOf(node: string): Buffer {
  const known = versions.get(node);
  if (known !== undefined) return known;
  const message = readSample('Version');
  message.write(node, message.indexOf(NO_NODE), 'latin1');
  const frame = frameMessage(message);
  versions.set(node, frame);
  return frame;
}

function answer(stream: http2.ServerHttp2Stream, body: Buffer | undefined): void {
  stream.respond(headers, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  if (body !== undefined) stream.end(body);
}

function sendMessages(stream: http2.ServerHttp2Stream): void {
  if (batch.size !== order.size) {
    const frame = frameMessage(dataMessage(order.size));
    const perWrite = Math.max(1, Math.floor(WRITE / frame.length));
    const frames = Buffer.concat(Array.from({ length: perWrite }, () => frame));
    batch = { size: order.size, frames, perWrite, frameLength: frame.length };
  }
  const { frames, perWrite, frameLength } = batch;
  let left = order.messages;
  const write = (): void => {
    while (left > 0) {
      const count = Math.min(left, perWrite);
      left -= count;
      if (!stream.write(frames.subarray(0, count * frameLength)) && left > 0) {
        stream.once('drain', write);
        return;
      }
    }
    stream.end();
  };
  answer(stream, undefined);
  write();
}

function onStream(stream: http2.ServerHttp2Stream, request: http2.IncomingHttpHeaders): void {
  stream.on('error', () => undefined);
  switch (request[':path']) {
    case '/machine.MachineService/Version':
      stream.resume();
      answer(stream, versionOf(String(request.node ?? NO_NODE)));
      return;
    case '/machine.MachineService/Processes':
      stream.resume();
      answer(stream, processes);
      return;
    case '/machine.MachineService/Logs':
    case '/machine.MachineService/EtcdSnapshot':
      stream.resume();
      sendMessages(stream);
      return;
    case '/machine.MachineService/EtcdRecover':
      stream.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      // One message in the envelope, which holds nothing: an acknowledgement.
      stream.on('end', () => answer(stream, frameMessage(Uint8Array.of(0x0a, 0x00))));
      return;
    default:
      stream.respond({ ...headers, 'grpc-status': '12' }, { endStream: true });
  }
}

function onSession(session: http2.ServerHttp2Session): void {
  session.setLocalWindowSize(2 ** 22);
  session.on('error', () => undefined);
}

process.once('message', ({ ca, server: { cert, key } }: Pki) => {
  const options = { ca, cert, key, requestCert: true, minVersion: 'TLSv1.3' } as const;
  const joined = http2.createSecureServer({ ...options, settings });
  joined.on('session', onSession);
  joined.on('stream', onStream);
  const framed = tls.createServer({ ...options, ALPNProtocols: ['h2'] }, (socket) => {
    const session = http2.performServerHandshake(messageFraming(socket), { settings });
    onSession(session);
    session.on('stream', onStream);
  });
  joined.listen(0, '127.0.0.1', () => {
    framed.listen(0, '127.0.0.1', () => {
      const port = (server: { address(): unknown }): number =>
        (server.address() as AddressInfo).port;
      process.send?.({ joined: port(joined), framed: port(framed) } satisfies ServerReady);
    });
  });
  process.on('message', (next: ServerOrder) => {
    order = next;
    process.send?.({ received } satisfies ServerReport);
    received = 0;
  });
});

process.on('disconnect', () => process.exit());
