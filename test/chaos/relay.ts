import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before an endpoint, and lets its connections go wrong. */
export class Relay {
  readonly #target: number;
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  #listener: Server | undefined;
  #port = 0;
  #stalled = false;

  constructor(target: number) {
    this.#target = target;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Takes connections, on the same port each time. */
  async open(): Promise<void> {
    const listener = createServer((client) => this.#accept(client));
    this.#listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (listener.address() as AddressInfo).port;
  }

  #accept(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [server, client]] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
    if (!this.#stalled) join(pair);
  }

  /** Ends all connections; with `reset`, as a machine does that lost its power and is back. */
  drop(reset: boolean): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        if (reset && !socket.connecting) socket.resetAndDestroy();
        else socket.destroy();
      }
    }
  }

  /** Refuses connections, and ends those that there are. */
  async kill(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = new Promise((resolve) => listener?.close(resolve) ?? resolve(undefined));
    this.drop(true);
    await closed;
  }

  /** Passes nothing on, until `resume`. */
  stall(): void {
    this.#stalled = true;
    for (const [client, server] of this.#pairs) {
      client.unpipe();
      server.unpipe();
      client.pause();
      server.pause();
    }
  }

  resume(): void {
    this.#stalled = false;
    for (const pair of this.#pairs) join(pair);
  }

  /** Says that nothing more comes from the endpoint. What the client sends still arrives. */
  halfClose(): void {
    for (const [client] of this.#pairs) client.end();
  }

  async close(): Promise<void> {
    if (this.#listener !== undefined) await this.kill();
  }
}

function join([client, server]: readonly [Socket, Socket]): void {
  client.pipe(server);
  server.pipe(client);
}
