import type { StreamEnd } from '../carriers/carrier.js';
import type { ClientCertificate } from '../credentials/client-certificate.js';
import { ConnectionError } from '../dial/connection-error.js';
import { oneLine } from '../errors/one-line.js';
import type { Outcome } from '../errors/outcome.js';
import type { StatusName } from '../errors/status.js';
import type { AnyMethod } from '../method.js';
import type { FailedCall } from './failed-call.js';

const notTalos =
  'the answer is not gRPC: a proxy or load balancer answered, or the port is not that of the ' +
  'Talos API (50000)';

/** What to do about a stream that ended with `end`, where this side knows it. */
export function endHint(
  end: StreamEnd,
  { headers }: Pick<FailedCall, 'headers'>,
): string | undefined {
  if (end.kind === 'trailers' && end.http !== undefined)
    return `${notTalos}; HTTP status ${end.http}`;
  const contentType = headers?.first('content-type');
  if (typeof contentType === 'string' && !/^application\/grpc\b/.test(contentType)) {
    return `${notTalos}; content type ${oneLine(contentType.slice(0, 100))}`;
  }
  if (end.kind !== 'too-large') return undefined;
  if (end.message === 'request') {
    return 'Talos takes messages of up to 32 MiB; maxMessageBytes limits this side';
  }
  return end.bytes !== undefined && isText(end.bytes)
    ? notTalos
    : 'raise maxMessageBytes to take it; Talos itself sends up to 32 MiB';
}

/** What to do about a call that acts, of which nobody knows whether it ran. */
export function outcomeHint(
  { idempotency, lookUp }: AnyMethod,
  outcome: Outcome,
): string | undefined {
  if (outcome !== 'unknown' || idempotency === 'read') return undefined;
  const how = lookUp === undefined ? '' : `: ${lookUp}`;
  return `it may have run, or may still run; find out before you do it again${how}`;
}

export const budgetHint =
  'not made again, since too many calls were made again of late (retryBudget)';

/** One hint of several. */
export function hintOf(...hints: readonly (string | undefined)[]): string | undefined {
  return hints.filter((hint) => hint !== undefined).join('; ') || undefined;
}

/** Whether the four bytes of a message's length are text: the start of HTML, or of HTTP/1.1. */
export function isText(length: number): boolean {
  return [24, 16, 8, 0].every((shift) => {
    const byte = (length >>> shift) & 0xff;
    return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
  });
}

/** What to do about a failure that the node reported. Only the hint depends on the node's text. */
export function peerHint(
  status: StatusName,
  text: string,
  { call, endpoint, certificate }: FailedCall,
): string | undefined {
  const { method, node } = call;
  switch (status) {
    case 'permission-denied':
      if (/no request forwarding/.test(text)) {
        return (
          `${endpoint ?? 'the endpoint'} is a worker, and workers do not pass calls on to other ` +
          'nodes: use control plane nodes as endpoints'
        );
      }
      return roleHint(method.roles, certificate);
    case 'unimplemented':
      return unimplementedHint(method, text);
    case 'internal':
      return /invalid target/.test(text) && node !== undefined
        ? `endpoints dial nodes on port 50000 themselves: name the node without a port`
        : undefined;
    default:
      return undefined;
  }
}

function rpc(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The oldest release that the feature table looks back to. */
const oldest = '1.6';

function unimplementedHint({ path, since, controlPlane }: AnyMethod, text: string) {
  if (controlPlane === true) {
    const only = `${rpc(path)} works on control plane nodes only, once they are configured`;
    return since === oldest ? only : `${only}; Talos has it since ${since}`;
  }
  // A handler that answers so has its own reason, as for a mode that is gone.
  const missing = /^unknown (method|service)\b/.test(text);
  if (since === oldest) {
    return missing
      ? `every Talos since ${oldest} has ${rpc(path)}: is that a Talos node, and in a mode that serves it?`
      : undefined;
  }
  return `Talos has ${rpc(path)} since ${since}: the node may be older, or in a mode that does without`;
}

function roleHint(
  accepted: readonly string[],
  certificate: ClientCertificate | undefined,
): string | undefined {
  if (accepted.length === 0) return undefined;
  const needs = `the RPC needs ${accepted.length === 1 ? 'the role' : 'one of the roles'} ${accepted.join(', ')}`;
  if (certificate === undefined) return `${needs}, and there is no client certificate to have one`;
  const { roles } = certificate;
  if (roles.some((role) => accepted.includes(role))) return undefined;
  return `${needs}; the client certificate has ${roles.length === 0 ? 'none' : roles.join(', ')}`;
}

/** What to do when endpoints refused the client because of its certificate, or the lack of one. */
export function clientRefusedHint(
  errors: readonly Error[],
  certificate: ClientCertificate | undefined,
): string | undefined {
  const refused = errors.some(
    (error) => error instanceof ConnectionError && error.problem === 'client-refused',
  );
  if (!refused) return undefined;
  if (certificate === undefined) {
    return 'the credentials hold no client certificate, and configured nodes ask for one: use mtls';
  }
  return (
    `the client certificate (${certificate.subject}) is valid until ` +
    `${certificate.notAfter.toISOString()}; nodes take only those that the CA of their own ` +
    'cluster signed for client use alone'
  );
}
