import { status as codes, type StatusObject } from '@grpc/grpc-js';
import { resetCodes, type StreamEnd } from '../carrier.js';

/**
 * How a stream ended when grpc-js itself made the status. It says so only in words. They are
 * matched here and nowhere else; tests compare them with the real library.
 *
 * @param sent whether anything of the stream may have left this side
 */
export function localEnd({ code, details }: StatusObject, sent: boolean): StreamEnd {
  // Hostile answers make grpc-js leave out what it promises.
  const text: string = details ?? '';
  if (text === 'Stream refused by server') return reset(resetCodes.refusedStream);
  if (text === 'Bandwidth exhausted or memory limit exceeded') {
    return reset(resetCodes.enhanceYourCalm);
  }
  if (text === 'Call cancelled') return reset(resetCodes.cancel);
  if (text === 'Protocol not secure enough') return reset(resetCodes.inadequateSecurity);
  if (text === 'Connection dropped') return { kind: 'lost', error: undefined };
  if (/^(?:Channel closed before call started$|No connection established\. )/.test(text)) {
    return { kind: 'unsent', error: undefined };
  }
  if (text.endsWith('(Call ended without gRPC status)')) return { kind: 'no-trailers' };
  const [, broken] = /triggered by internal client error: (.*)$/s.exec(text) ?? [];
  if (broken !== undefined) return { kind: 'lost', error: new Error(broken) };
  const [, resetCode] = /^Received RST_STREAM with code (\d+)/.exec(text) ?? [];
  if (resetCode !== undefined) return reset(Number(resetCode));
  const [, bytes, most] = /^Received message larger than max \((\d+) vs (\d+)\)$/.exec(text) ?? [];
  if (bytes !== undefined) {
    return { kind: 'too-large', message: 'reply', bytes: Number(bytes), limit: Number(most) };
  }
  const [, limit] = /^Attempted to send message with a size larger than (\d+)$/.exec(text) ?? [];
  if (limit !== undefined) {
    return { kind: 'too-large', message: 'request', bytes: undefined, limit: Number(limit) };
  }
  if (code === undefined || code === null) {
    const reason = 'a reply is compressed in a way that was not agreed on';
    return { kind: 'violation', reason };
  }
  if (code !== codes.UNAVAILABLE) return { kind: 'violation', reason: text };
  const error = text === '' ? undefined : new Error(text);
  return { kind: sent ? 'lost' : 'unsent', error };
}

function reset(code: number): StreamEnd {
  return { kind: 'reset', code };
}

/** The HTTP status in a status of grpc-js, when the peer sent an HTTP status and no gRPC status. */
export function httpStatus(details: string): number | undefined {
  const [, status] = /^Received HTTP status code (\d+)$/.exec(details) ?? [];
  return status === undefined ? undefined : Number(status);
}

/**
 * The error in the text with which grpc-js fails calls on a channel without a connection: Node's
 * message, and its code if there is one.
 */
export function connectFailure(details: string): Error {
  const [, reason = details] =
    /^No connection established\. Last error: (.*?)\. Resolution note: /s.exec(details) ?? [];
  const text = reason.replace(/^(?:\w*Error: )+/, '').replace(/ \(\d{4}-[^()]*Z\)$/, '');
  const code = /\bE[A-Z]{4,}\b/.exec(text)?.[0];
  return Object.assign(new Error(text), code && { code });
}
