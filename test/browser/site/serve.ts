import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, resolve } from 'node:path';

/** Where `npm run site` puts the site. */
const dist = resolve('site/dist');

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** The built site, served on loopback. */
export interface Served extends AsyncDisposable {
  readonly origin: string;
  /** The pages, as paths that begin with a slash. */
  readonly pages: readonly string[];
}

/**
 * Serves the site.
 *
 * @throws {Error} when it is not built
 */
export async function serveSite(): Promise<Served> {
  if (!existsSync(join(dist, 'index.html'))) {
    throw new Error('there is no site/dist: run npm run site first');
  }
  const server = createServer((request, response) => {
    const file = fileOf(request.url ?? '/');
    response.writeHead(file === undefined ? 404 : 200, {
      'cache-control': request.url?.startsWith('/assets/') ? 'max-age=3600' : 'no-store',
      'content-type': types[extname(file ?? '.html')] ?? 'application/octet-stream',
    });
    createReadStream(file ?? join(dist, '404.html')).pipe(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const pages = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .map((file) => `/${file}`)
    .sort();
  return {
    origin: `http://127.0.0.1:${port}`,
    pages,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The file behind an address, as static hosts find it. */
function fileOf(url: string): string | undefined {
  const path = normalize(decodeURIComponent(url.replace(/[?#].*/, '')));
  const files = [path, `${path}.html`, join(path, 'index.html')].map((name) => join(dist, name));
  return files.find((file) => file.startsWith(dist) && existsSync(file) && statSync(file).isFile());
}
