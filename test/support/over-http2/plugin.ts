import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const sources = here('../../../src/runtime/');

/** Has the tests, and what they import, make clients over HTTP/2 framed here instead of grpc-js. */
export function overHttp2(): Plugin {
  return {
    name: 'over-http2',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!/\/(?:client|grpc-transport)\.js$/.test(source)) return undefined;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      for (const name of ['client.ts', 'grpc-transport.ts']) {
        if (found?.id === `${sources}${name}`) return here(name);
      }
      return found;
    },
  };
}
