import type { KubernetesCall } from '../api.js';
import { KubernetesApiError } from '../api-error.js';
import { Connections, type KubernetesIdentity } from './connections.js';
import { type ApiAnswer, type ApiRequest, StaleConnectionError, send } from './request.js';

/** How long one server may take to answer before the next one is asked. */
const ATTEMPT_MS = 10_000;

/** What a load balancer or an API server says that cannot do its work now. */
const UNFIT: readonly number[] = [502, 503, 504];

/**
 * The API servers of a cluster. Each request goes to the one that answered last, and to the others in
 * turn when it does not answer. No request is harmed by being made twice: those of this client read,
 * set, or are about one pod by its UID.
 */
export class Servers {
  readonly #urls: readonly URL[];
  readonly #connections: Connections;
  #first = 0;

  constructor(urls: readonly URL[], identity: KubernetesIdentity, proxy?: string) {
    this.#urls = urls;
    this.#connections = new Connections(identity, proxy);
  }

  /**
   * What the first server that can answer answers.
   *
   * @throws {KubernetesApiError} with the reason `Unreachable` when none does; it names each
   */
  async ask(request: ApiRequest, { signal, timeoutMs }: KubernetesCall): Promise<ApiAnswer> {
    const until = performance.now() + timeoutMs;
    const problems: string[] = [];
    let cause: unknown;
    for (let turn = 0; turn < this.#urls.length; turn += 1) {
      const at = (this.#first + turn) % this.#urls.length;
      const url = this.#urls[at] as URL;
      const leftMs = Math.min(ATTEMPT_MS, until - performance.now());
      if (leftMs <= 0) break;
      try {
        const answer = await this.#attempt(url, request, signal, leftMs);
        if (!UNFIT.includes(answer.status)) {
          this.#first = at;
          return answer;
        }
        problems.push(`${url.host}: HTTP ${answer.status}`);
      } catch (error) {
        signal.throwIfAborted();
        cause = error;
        problems.push(`${url.host}: ${textOf(error)}`);
      }
    }
    const list = problems.length === 0 ? `no time is left` : problems.join('; ');
    throw new KubernetesApiError(
      `no API server answers: ${list}`,
      { reason: 'Unreachable' },
      { cause },
    );
  }

  async #attempt(
    url: URL,
    request: ApiRequest,
    outer: AbortSignal,
    ms: number,
  ): Promise<ApiAnswer> {
    const late = AbortSignal.timeout(Math.ceil(ms));
    const signal = AbortSignal.any([outer, late]);
    for (;;) {
      try {
        return await send(url, request, this.#connections, signal);
      } catch (error) {
        if (late.aborted) throw new Error(`no answer within ${Math.ceil(ms)} ms`);
        if (signal.aborted || !(error instanceof StaleConnectionError)) throw error;
      }
    }
  }

  close(): void {
    this.#connections.destroy();
  }
}

/** OpenSSL's reason without its thread and source file, or the message of other errors. */
function textOf(error: unknown): string {
  const { reason, message, code } = error as {
    reason?: unknown;
    message?: unknown;
    code?: unknown;
  };
  if (typeof reason === 'string') return reason;
  // An error of several addresses of one name has no message.
  return String(message || code || error);
}
