import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { type ClusterOptions, type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { onTestFinished } from 'vitest';
import { type LookedAtCluster, simulated } from '../../../examples/console/clusters.js';
import type {
  Entry,
  EtcdView,
  Message,
  NodeView,
  RunView,
  Sample,
} from '../../../examples/console/protocol.js';
import { ConsoleServer } from '../../../examples/console/server.js';

/** A console over a simulated cluster, until the end of the test. Nothing lingers. */
export async function served(
  options: ClusterOptions = { controlPlanes: 1, workers: 1 },
  changes: Partial<LookedAtCluster> = {},
): Promise<{ readonly machines: SimulatedCluster; readonly server: ConsoleServer }> {
  const machines = await simulateCluster({ ...options, transport: 'tls' });
  onTestFinished(() => machines.close());
  const cluster = { ...simulated(machines), ...changes };
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const server = await ConsoleServer.start(cluster, { lingerMs: 0 });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { machines, server };
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A request as any program may make it, with any header. */
export async function ask(
  server: ConsoleServer,
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Answer> {
  const sent = request({ ...addressOf(server), path, method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** Where a console is reached. */
export function addressOf(server: ConsoleServer): { readonly host: string; readonly port: number } {
  const { hostname: host, port } = new URL(server.access.url);
  return { host, port: Number(port) };
}

/** The header that lets a page in. */
export function tokenOf(server: ConsoleServer): { readonly authorization: string } {
  return { authorization: `Bearer ${server.access.token}` };
}

/** Asks for an action as the page does. */
export function act(server: ConsoleServer, name: string, body: unknown): Promise<Answer> {
  return ask(server, `/actions/${name}`, {
    method: 'POST',
    headers: { ...tokenOf(server), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** What a page knows that looks at a console. */
export class Look {
  readonly messages: Message[] = [];
  readonly nodes = new Map<string, NodeView>();
  readonly samples: { readonly node: string; readonly sample: Sample }[] = [];
  readonly events: Entry[] = [];
  readonly lines: Entry[] = [];
  etcd: EtcdView = { members: [] };
  run: RunView | undefined;
  readonly #end = new AbortController();
  readonly #reading: AsyncGenerator<Message, void, undefined>;

  private constructor(response: Response) {
    this.#reading = read(response);
  }

  /** Begins to look; ends with the test. */
  static async at(server: ConsoleServer, query = ''): Promise<Look> {
    const end = new AbortController();
    const { host, port } = addressOf(server);
    const response = await fetch(`http://${host}:${port}/live${query}`, {
      headers: tokenOf(server),
      signal: end.signal,
    });
    if (!response.ok) throw new Error(`refused: ${response.status}`);
    const look = new Look(response);
    look.#end.signal.addEventListener('abort', () => end.abort());
    onTestFinished(() => look.close());
    return look;
  }

  /** Reads on until something holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { done, value } = await this.#reading.next();
      if (done) throw new Error('the console hung up');
      this.#take(value);
    }
  }

  /** The node with a name. */
  node(name: string): NodeView | undefined {
    return [...this.nodes.values()].find((node) => node.name === name);
  }

  close(): void {
    this.#end.abort();
  }

  #take(message: Message): void {
    this.messages.push(message);
    switch (message.type) {
      case 'state':
        for (const node of message.nodes) this.nodes.set(node.address, node);
        this.etcd = message.etcd;
        this.run = message.run;
        this.events.splice(0, Number.POSITIVE_INFINITY, ...message.events);
        break;
      case 'log':
        this.lines.splice(0, Number.POSITIVE_INFINITY, ...message.entries);
        break;
      case 'node':
        this.nodes.set(message.node.address, message.node);
        break;
      case 'sample':
        this.samples.push(message);
        break;
      case 'etcd':
        this.etcd = message.etcd;
        break;
      case 'event':
        this.events.push(message.entry);
        break;
      case 'line':
        this.lines.push(message.entry);
        break;
      case 'run':
        this.run = message.run;
    }
  }
}

async function* read(response: Response): AsyncGenerator<Message, void, undefined> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) yield JSON.parse(event.slice('data: '.length)) as Message;
  }
}
