import * as grpc from '@grpc/grpc-js';
import { mendable } from '../../../src/runtime/calls/failures.js';
import { DialCredentials } from '../../../src/runtime/carriers/grpc-js/credentials.js';
import { targetOf } from '../../../src/runtime/carriers/grpc-js/resolver.js';
import type { Credentials } from '../../../src/runtime/credentials/index.js';
import type { ConnectionError } from '../../../src/runtime/dial/connection-error.js';
import { Dialling } from '../../../src/runtime/dial/dialler.js';
import { type Endpoint, parseEndpoint } from '../../../src/runtime/dial/endpoint.js';
import { type Proxying, proxying } from '../../../src/runtime/dial/proxy/proxying.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';

const path = '/test.Echo/Echo';
const raw = (bytes: Buffer): Buffer => bytes;

/** What the server saw of a call. */
export interface SeenCall {
  readonly organization: unknown;
  readonly authorization: string | undefined;
  readonly host: string;
}

/** A real gRPC server that sends back what it gets. */
export interface EchoServer extends AsyncDisposable {
  readonly port: number;
  readonly calls: readonly SeenCall[];
}

/** Starts a server on `address`: a loopback IP, or `unix:` and a path. */
export async function startServer(
  credentials: grpc.ServerCredentials,
  address = '127.0.0.1',
): Promise<EchoServer> {
  const server = new grpc.Server();
  const calls: SeenCall[] = [];
  server.addService(
    {
      echo: {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: raw,
        requestDeserialize: raw,
        responseSerialize: raw,
        responseDeserialize: raw,
      },
    },
    {
      echo: (
        call: grpc.ServerUnaryCall<Buffer, Buffer>,
        answer: grpc.sendUnaryData<Buffer>,
      ): void => {
        calls.push({
          organization: call.getAuthContext()?.sslPeerCertificate?.subject?.O,
          authorization: call.metadata.get('authorization')[0]?.toString(),
          host: call.getHost(),
        });
        answer(null, call.request);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    const target = address.startsWith('unix:')
      ? address
      : `${address.includes(':') ? `[${address}]` : address}:0`;
    server.bindAsync(target, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    calls,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

/** A channel to one endpoint, made of credentials and a way as the transport does it. */
export interface TestChannel extends Disposable {
  readonly endpoint: Endpoint;
  /** Why the last attempt to connect failed, or how the last connection broke. */
  readonly lastError: ConnectionError | undefined;
  /** The error of a call, where this side has to mend something first. */
  readonly failure: TalosConfigError | undefined;
  /** Resolves when the connection is lost. */
  lost(): Promise<void>;
  /** Sends a message, and gives back the answer. */
  echo(text?: string): Promise<string>;
}

/** Opens a channel to `text`. */
export async function openChannel(
  text: string,
  credentials: Credentials,
  proxy: Proxying = proxying('direct'),
): Promise<TestChannel> {
  const endpoint = parseEndpoint(text);
  const dialler = await new Dialling((at) => credentials.security(at), proxy).to(endpoint);
  const cut = new AbortController();
  let lastError: ConnectionError | undefined;
  const note = (error: ConnectionError): void => {
    lastError = error;
  };
  const { target, options } = targetOf(
    dialler.place,
    cut.signal,
    endpoint.path === undefined ? endpoint.address : 'localhost',
  );
  const secured = new DialCredentials({
    wanted: () => true,
    async secure(socket) {
      socket.on('error', () => {});
      try {
        const ready = await dialler.secure(socket, note);
        // With TLS 1.3 the server judges the client after the handshake.
        if (lastError?.problem !== 'client-refused') lastError = undefined;
        return ready;
      } catch (error) {
        note(error as ConnectionError);
        throw error;
      }
    },
  });
  const client = new grpc.Client(target, secured, {
    ...options,
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
  });
  return {
    endpoint,
    get lastError() {
      return lastError;
    },
    get failure() {
      const error = lastError && mendable(lastError);
      return error instanceof TalosConfigError ? error : undefined;
    },
    lost: () =>
      new Promise((resolve) => {
        const { READY } = grpc.connectivityState;
        if (client.getChannel().getConnectivityState(false) !== READY) return resolve();
        client.getChannel().watchConnectivityState(READY, Infinity, () => resolve());
      }),
    echo: (message = 'hello') =>
      new Promise((resolve, reject) => {
        const metadata = new grpc.Metadata();
        for (const [name, value] of Object.entries(credentials.metadata ?? {})) {
          metadata.set(name, value as string);
        }
        client.makeUnaryRequest(
          path,
          raw,
          raw,
          Buffer.from(message),
          metadata,
          { deadline: Date.now() + 20_000 },
          (error, answer) => {
            if (error === null) resolve(String(answer));
            else reject(error);
          },
        );
      }),
    [Symbol.dispose]() {
      client.close();
      cut.abort();
    },
  };
}
