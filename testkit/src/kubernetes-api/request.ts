/** Who makes a request, by the certificate: its common name and organizations. */
export interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What a client asks the Kubernetes API. */
export interface KubernetesRequest {
  /** Such as `GET`. */
  readonly method: string;
  /** The path with its query, such as `/api/v1/pods?limit=500`. */
  readonly path: string;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Absent when the client showed no certificate, or one of another CA. */
  readonly caller: Caller | undefined;
  /** Aborted when the client has gone, or the API server. */
  readonly signal: AbortSignal;
}

/** What the Kubernetes API answers. */
export interface KubernetesReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A watch gives its lines as they come. */
  readonly body: string | AsyncIterable<string>;
}

/** A reply with a JSON body. */
export function jsonReply(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): KubernetesReply {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      ...headers,
    },
    body: `${JSON.stringify(body)}\n`,
  };
}

/** A reply in plain text. */
export function textReply(status: number, body: string): KubernetesReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
