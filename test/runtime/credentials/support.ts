import * as grpc from '@grpc/grpc-js';
import type { ChannelSecurity, Credentials } from '../../../src/runtime/credentials/index.js';
import { type Endpoint, parseEndpoint } from '../../../src/runtime/endpoints.js';
import { type Proxying, proxying } from '../../../src/runtime/proxy/proxy.js';

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
  readonly security: ChannelSecurity;
  readonly endpoint: Endpoint;
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
  const route = proxy.route(endpoint);
  const security = await credentials.channel(endpoint);
  const client = new grpc.Client(route.target, route.secure(security.credentials), {
    ...route.options,
    ...security.options,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
  });
  return {
    security,
    endpoint,
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
    [Symbol.dispose]: () => client.close(),
  };
}
