import { Metadata, status } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { callUnary } from '../../../../src/runtime/call.js';
import type {
  RequestHeaders,
  StreamEnd,
  StreamSink,
} from '../../../../src/runtime/carriers/carrier.js';
import { GrpcStream, type StreamHost } from '../../../../src/runtime/carriers/grpc-js/stream.js';
import { createTalosClient } from '../../../../src/runtime/client.js';
import { ConnectionError } from '../../../../src/runtime/dial/connection-error.js';
import type { TalosRpcError } from '../../../../src/runtime/errors/rpc-error.js';
import { Relay } from '../../../chaos/relay.js';
import { startHttp2 } from '../../../support/bare-servers.js';
import { rejection } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';
import { createTrust } from '../../../support/note-server.js';

it('a stream that grpc-js ends without a reason has that of its socket', () => {
  const ends: StreamEnd[] = [];
  const broken = new ConnectionError('client-refused', 'the server refused the certificate');
  const call = { start: () => {}, startRead: () => {}, child: { underlyingCalls: [{ call: {} }] } };
  const host = { channel: { createCall: () => call }, broken, proved: () => {} };
  const headers = { path: '/', uploads: false, streams: false } as RequestHeaders;
  const sink = { onEnd: (end: StreamEnd) => void ends.push(end) } as StreamSink;
  const stream = new GrpcStream(host as unknown as StreamHost, headers, new Metadata(), sink);
  stream.onReceiveStatus({
    code: status.UNAVAILABLE,
    details: 'Connection dropped',
    metadata: new Metadata(),
  });
  expect(ends).toEqual([{ kind: 'lost', error: broken }]);
});

it('a call whose connection is reset says so as the socket does', async () => {
  const trust = await createTrust();
  // The answer to the call is a TCP reset.
  const server = await startHttp2(trust, () => relay.drop(true));
  onTestFinished(() => server.stop());
  const relay = new Relay(Number(server.address.split(':').at(-1)));
  await relay.open();
  onTestFinished(() => relay.close());
  const talos = createTalosClient({
    endpoints: [relay.address],
    credentials: trust.credentials,
    retry: false,
  });
  onTestFinished(() => talos.close());
  const error = await rejection<TalosRpcError>(callUnary(talos, noteMethod('unary'), {}));
  expect(error).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
  expect(error.reason).toBe(
    `the connection to ${relay.address} broke during the call: read ECONNRESET`,
  );
});
