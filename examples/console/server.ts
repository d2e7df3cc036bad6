import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Access, securityHeaders } from './access.js';
import { act } from './actions.js';
import type { LookedAtCluster } from './clusters.js';
import { Feed } from './feed.js';
import { LiveState } from './live-state.js';
import { Refused } from './refused.js';

/** How the console is served. */
export interface ConsoleOptions {
  /** The port of 127.0.0.1. Default: one that is free. */
  readonly port?: number | undefined;
  /** How long nodes are watched after the last browser has gone. Default: 5000. */
  readonly lingerMs?: number | undefined;
}

/** How many browsers are served at a time, and how long the body of an action may be. */
const MOST_FEEDS = 32;
const LONGEST_BODY = 64 * 1024;

/** A console that is served on loopback, until it is closed. */
export class ConsoleServer implements AsyncDisposable {
  readonly state: LiveState;
  readonly feeds = new Set<Feed>();
  readonly access: Access;
  readonly #cluster: LookedAtCluster;
  readonly #page: ReadonlyMap<string, PageFile>;
  readonly #http: ReturnType<typeof createServer>;

  private constructor(
    cluster: LookedAtCluster,
    { lingerMs = 5_000 }: ConsoleOptions,
    page: ReadonlyMap<string, PageFile>,
    http: ReturnType<typeof createServer>,
  ) {
    this.#cluster = cluster;
    this.#page = page;
    this.#http = http;
    this.access = new Access((http.address() as AddressInfo).port);
    this.state = new LiveState(cluster, lingerMs);
    http.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => refuse(response, error));
    });
  }

  /** Begins to serve a cluster. */
  static async start(
    cluster: LookedAtCluster,
    options: ConsoleOptions = {},
  ): Promise<ConsoleServer> {
    const page = await readPage();
    const http = createServer();
    http.listen(options.port ?? 0, '127.0.0.1');
    await once(http, 'listening');
    return new ConsoleServer(cluster, options, page, http);
  }

  /** Stops operations, and resolves when they have taken back what they take back. Then hangs up. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#http, 'close');
    this.#http.close();
    await this.state.close();
    this.#http.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.access.isOwn(request)) throw new Refused(403);
    const [path = '', query] = (request.url ?? '').split('?');
    const file = this.#page.get(path);
    // The page holds no secret, and a browser that opens it has no way to send the token.
    if (file === undefined && !this.access.hasToken(request)) throw new Refused(401);
    if (file !== undefined) sendFile(request, response, file);
    else if (path === '/live') this.#sendLive(request, response, new URLSearchParams(query));
    else if (path.startsWith('/actions/')) {
      await this.#act(request, response, path.slice('/actions/'.length));
    } else throw new Refused(404);
  }

  /** The state of the cluster, and the log that the page looks at, for as long as it looks. */
  #sendLive(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    expectMethod(request, 'GET');
    if (this.feeds.size >= MOST_FEEDS) throw new Refused(503);
    const service = query.get('service');
    const node = query.get('node') ?? undefined;
    if (node !== undefined && !this.#cluster.nodes.addresses.includes(node)) throw new Refused(400);
    response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
    const { state } = this;
    const sources = service ? [state.source, state.log(service, node)] : [state.source];
    const feed = new Feed(response, sources);
    this.feeds.add(feed);
    response.on('close', () => this.feeds.delete(feed));
  }

  async #act(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    expectMethod(request, 'POST');
    // What a form of another page can send is none of these.
    if (request.headers['content-type'] !== 'application/json') throw new Refused(415);
    // Whoever does not say how long it is, is no page of ours.
    if (!(Number(request.headers['content-length']) <= LONGEST_BODY)) throw new Refused(413);
    const body = parseJson(await text(request));
    act(name, body, this.#cluster, this.state.runs);
    sendJson(response, 202, {});
  }
}

function expectMethod({ method }: IncomingMessage, allow: 'GET' | 'POST'): void {
  if (method !== allow) throw new Refused(405, '', { allow });
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile): void {
  expectMethod(request, 'GET');
  response.writeHead(200, { ...securityHeaders, 'content-type': file.type });
  response.end(file.content);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof Refused && error.message !== '') {
    sendJson(response, error.status, { error: error.message });
    return;
  }
  const isExpected = error instanceof Refused;
  // What failed is for whoever started the console.
  if (!isExpected) console.error(error);
  if (response.headersSent) response.destroy();
  else if (isExpected) response.writeHead(error.status, { ...securityHeaders, ...error.headers });
  else response.writeHead(500, securityHeaders);
  response.end();
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refused(400, 'expected JSON');
  }
}

interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The files of the page by their paths. Nothing else is served, whatever a path looks like. */
async function readPage(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = new URL('page/', import.meta.url);
  const files = new Map<string, PageFile>();
  for (const name of await readdir(folder)) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) continue;
    const path = name === 'index.html' ? '/' : `/${name}`;
    files.set(path, { type, content: await readFile(new URL(name, folder)) });
  }
  return files;
}
