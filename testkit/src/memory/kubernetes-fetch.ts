import { ConnectionLost } from '../base/calls/status.js';
import type { Cluster, Machine } from '../base/machine.js';
import { onAbort } from '../base/time/abort.js';
import { handleKubernetes } from '../kubernetes-api/handle.js';
import type { Caller } from '../kubernetes-api/request.js';
import { isServing, servingNode, whileServing } from '../kubernetes-api/serving.js';
import { API_SERVER_PORT } from '../topics/cosi/catalogue/plan.js';

/** A request, as `fetch` takes it. */
export interface KubernetesFetchInit {
  /** Default: `GET`. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a request to the Kubernetes API: `fetch` of the platform, without a socket. The URL may be a
 * path such as `/api/v1/nodes`, which goes to the endpoint of the cluster.
 */
export type KubernetesFetch = (url: string | URL, init?: KubernetesFetchInit) => Promise<Response>;

/** `fetch` for a client that the API knows as `caller`; absent for one without a certificate. */
export function kubernetesFetch(cluster: Cluster, caller: Caller | undefined): KubernetesFetch {
  return async (to, { method = 'GET', headers = {}, body = '', signal } = {}) => {
    signal?.throwIfAborted();
    const url = new URL(to, cluster.kubernetesEndpoint);
    const machine = machineFor(cluster, url);
    if (machine === undefined) throw refused(url);
    const gone = new AbortController();
    const stop = whileServing(machine, () => gone.abort(lost()));
    const stopListening = signal && onAbort(signal, (reason) => gone.abort(reason));
    const end = () => {
      stop();
      stopListening?.();
    };
    try {
      const reply = await Promise.race([
        handleKubernetes(machine, {
          method: method.toUpperCase(),
          path: url.pathname + url.search,
          headers: lowerCase(headers),
          body,
          caller,
          signal: gone.signal,
        }),
        rejection(gone.signal),
      ]);
      const { status, headers: answered } = reply;
      if (typeof reply.body === 'string') {
        end();
        return new Response(reply.body, { status, headers: answered });
      }
      return new Response(streamOf(reply.body, gone, end), { status, headers: answered });
    } catch (error) {
      end();
      if (gone.signal.aborted) throw gone.signal.reason;
      throw error instanceof ConnectionLost ? lost(error) : error;
    }
  };
}

/** The node whose API server answers at a URL: one by its own address, else the endpoint's. */
function machineFor(cluster: Cluster, { origin, hostname, port }: URL): Machine | undefined {
  const own = port === String(API_SERVER_PORT) ? cluster.machineAt(hostname) : undefined;
  if (own !== undefined && isServing(own)) return own;
  return origin === new URL(cluster.kubernetesEndpoint).origin ? servingNode(cluster) : undefined;
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function streamOf(
  lines: AsyncIterable<string>,
  gone: AbortController,
  end: () => void,
): ReadableStream<Uint8Array> {
  const iterator = lines[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  // Wherever it is, it has to let go of what it waits for.
  onAbort(gone.signal, () => void iterator.return?.().then(undefined, () => {}));
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (gone.signal.aborted) throw gone.signal.reason;
        if (done === true) {
          end();
          controller.close();
        } else {
          controller.enqueue(encoder.encode(value));
        }
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel() {
      end();
      gone.abort();
    },
  });
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    onAbort(signal, reject);
  });
}

/** What `fetch` of Node rejects with when nobody listens. */
function refused({ host }: URL): TypeError {
  const cause = Object.assign(new Error(`connect ECONNREFUSED ${host}`), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
  return new TypeError('fetch failed', { cause });
}

/** What it rejects with when the connection goes. */
function lost(why?: unknown): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET', { cause: why }), { code: 'ECONNRESET' });
  return new TypeError('fetch failed', { cause });
}
