/**
 * What grpc-js says only in words. Its texts are matched here and nowhere else, and the tests
 * compare with the real library.
 */
export type LocalFailure =
  /** A message is larger than this side takes; `bytes` is its size, `limit` the limit. */
  | { readonly kind: 'reply-too-large'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'request-too-large'; readonly limit: number }
  /** The server refused the stream before it looked at the request. */
  | { readonly kind: 'refused' }
  /** The server wants less: fewer keepalive pings, as a rule. */
  | { readonly kind: 'calm-down' }
  /** An answer with an HTTP status and no gRPC status. */
  | { readonly kind: 'http'; readonly status: number }
  /** The stream ended without a status. */
  | { readonly kind: 'no-status' }
  /** The connection ended before the stream did; `reason` is Node's word for it. */
  | { readonly kind: 'dropped'; readonly reason?: string }
  /** The connection ended before the call was sent on it. */
  | { readonly kind: 'too-late' }
  /** The deadline of the call passed on this side. */
  | { readonly kind: 'deadline' };

/** What a status that grpc-js made up itself stands for, where that matters. */
export function localFailure(details: string): LocalFailure | undefined {
  if (details === 'Stream refused by server') return { kind: 'refused' };
  if (details === 'Bandwidth exhausted or memory limit exceeded') return { kind: 'calm-down' };
  if (details === 'Connection dropped') return { kind: 'dropped' };
  if (details === 'Channel closed before call started') return { kind: 'too-late' };
  if (details.startsWith('No connection established. ')) return { kind: 'too-late' };
  if (details.startsWith('Deadline exceeded after ')) return { kind: 'deadline' };
  const broken = /triggered by internal client error: (.*)$/s.exec(details);
  if (broken?.[1] !== undefined) return { kind: 'dropped', reason: broken[1] };
  if (details.endsWith('(Call ended without gRPC status)')) return { kind: 'no-status' };
  const reply = /^Received message larger than max \((\d+) vs (\d+)\)$/.exec(details);
  if (reply !== null) {
    return { kind: 'reply-too-large', bytes: Number(reply[1]), limit: Number(reply[2]) };
  }
  const request = /^Attempted to send message with a size larger than (\d+)$/.exec(details);
  if (request !== null) return { kind: 'request-too-large', limit: Number(request[1]) };
  const http = /^Received HTTP status code (\d+)$/.exec(details);
  if (http !== null) return { kind: 'http', status: Number(http[1]) };
  return undefined;
}

/**
 * The error inside the text with which grpc-js fails calls on a channel without connection: Node's
 * words, and its code if there is one.
 */
export function connectFailure(details: string): Error {
  const [, reason = details] =
    /^No connection established\. Last error: (.*?)\. Resolution note: /s.exec(details) ?? [];
  const text = reason.replace(/^(?:\w*Error: )+/, '').replace(/ \(\d{4}-[^()]*Z\)$/, '');
  const code = /\bE[A-Z]{4,}\b/.exec(text)?.[0];
  return Object.assign(new Error(text), code && { code });
}
