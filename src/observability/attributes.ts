import type { CallMessage, ObservedClient } from '../runtime/diagnostics/index.js';
import type { ConnectionError, ConnectionProblem } from '../runtime/dial/connection-error.js';

/** Attributes of spans and metrics, by the names of OpenTelemetry's conventions. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Where calls go: the cluster if it is named, else the endpoints of the client. */
export function serverOf(client: ObservedClient, cluster?: string): Attributes {
  const { endpoints } = client;
  const [only = ''] = endpoints;
  if (cluster !== undefined) return { 'server.address': cluster };
  const { host, port } = splitAddress(only);
  // Of several endpoints, the first alone would be wrong, and they may have several ports.
  if (endpoints.length > 1 || port === undefined) return { 'server.address': endpoints.join(',') };
  return { 'server.address': host, 'server.port': port };
}

/** The endpoint of an attempt, if it is an IP address: names say nothing of the peer. */
export function peerOf(endpoint: string | undefined): Attributes {
  if (endpoint === undefined) return {};
  const { host, port } = splitAddress(endpoint);
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  if (port === undefined || !isAddress) return {};
  return { 'network.peer.address': host, 'network.peer.port': port };
}

/** How a call or an attempt ended, in the words of gRPC: `DEADLINE_EXCEEDED`. */
export function statusOf({ status }: Pick<CallMessage, 'status'>): Attributes {
  return status === undefined
    ? {}
    : { 'rpc.status_code': status.toUpperCase().replaceAll('-', '_') };
}

/**
 * What kind of error a call ended with, if it did. A stream that its reader left has none, although
 * its status is `CANCELLED`.
 */
export function errorTypeOf(call: CallMessage): Attributes {
  if (call.error === undefined) return {};
  const code = statusOf(call)['rpc.status_code'];
  // Without a status, it is an error of this library.
  return { 'error.type': code ?? (call.error as Error).name };
}

/** The words for a failure that may be shown; those of nodes only if the user wants them. */
export function reasonOf(call: CallMessage, nodeTexts: boolean): string | undefined {
  const { error, reason } = call;
  if (reason !== undefined || !nodeTexts || !(error instanceof Error)) return reason;
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
}

/**
 * What kept a connection from being made, if it is known. It goes by the name of the error, as a
 * program may have this package twice: as ES modules and for CommonJS.
 */
export function problemOf(error: Error | undefined): ConnectionProblem | undefined {
  return error?.name === 'ConnectionError' ? (error as ConnectionError).problem : undefined;
}

function splitAddress(endpoint: string): { host: string; port: number | undefined } {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(endpoint) ?? [];
  return { host: host ?? endpoint, port: port === undefined ? undefined : Number(port) };
}
