import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';

/** A request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'PATCH' | 'POST';
  /** The path with its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly json: unknown } | undefined;
}

/** What a server answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** Pages of lists have 500 objects, and no object is larger than 1.5 MiB, the limit of etcd. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The connection was one of an earlier request, and had ended before this one got an answer. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/**
 * Sends a request to one server and reads its answer, whatever the status is. Redirections are answers
 * like others. Rejects when there is no whole answer.
 */
export function send(
  server: URL,
  { method, path, body }: ApiRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body.json));
    const sent = httpsRequest({
      agent,
      signal,
      method,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? 443 : Number(server.port),
      path: `${server.pathname.replace(/\/$/, '')}${path}`,
      headers: {
        accept: 'application/json',
        'user-agent': 'talos-client',
        ...(content === undefined
          ? {}
          : { 'content-type': body?.type, 'content-length': content.length }),
      },
    });
    sent.once('error', (error) => {
      reject(sent.reusedSocket ? new StaleConnectionError(error) : error);
    });
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= MOST_BYTES) return;
        reject(new Error(`the answer is larger than ${MOST_BYTES} bytes`));
        response.destroy();
      });
      response.once('error', reject);
      response.once('aborted', () => reject(new Error('the answer was cut short')));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    sent.end(content);
  });
}
