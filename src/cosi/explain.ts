import type { CallOptions } from '../runtime/call-options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { quoted } from '../runtime/errors/quoted.js';
import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { Target } from '../runtime/target.js';
import { Definitions, nearestKinds } from './definitions.js';
import type { AnyKind } from './kind.js';
import { nodeNamespaces } from './namespaces.js';

/**
 * Says what is behind `permission-denied`: nodes answer so for types and namespaces that they do not
 * have, before they look at roles. Gives the error back as it is when there is nothing to add.
 */
export async function explained(
  error: unknown,
  target: Target,
  kind: AnyKind,
  namespace: string,
  options: CallOptions,
): Promise<unknown> {
  if (!(error instanceof TalosRpcError) || error.status !== 'permission-denied') return error;
  try {
    const definitions = await Definitions.of(target, options);
    const [defined] = definitions.named(kind.type);
    if (defined === undefined || defined.type !== kind.type) {
      return unknownKind(error, kind, defined?.type, nearestKinds(kind.type, definitions.all()));
    }
    if (defined.sensitive) return withHint(error, 'it holds secrets: only os:admin may read it');
    const namespaces = await nodeNamespaces(target, options);
    if (namespaces.includes(namespace)) return error;
    return new TalosConfigError(
      `namespace: there is no namespace ${quoted(namespace)} on ${nodeText(error)}; there are ${namespaces.join(', ')}`,
      { field: 'namespace' },
      { cause: error },
    );
  } catch (failure) {
    // What the caller asked for has failed; that the reason is not found out is no news.
    return failure instanceof TalosRpcError ? error : failure;
  }
}

function unknownKind(
  error: TalosRpcError,
  { type, since }: AnyKind,
  spelled: string | undefined,
  near: readonly string[],
): TalosRpcError {
  const release = since === undefined ? '' : `Talos has it since ${since}: the node may be older`;
  const other = near.length === 0 ? '' : `did you mean ${near.join(' or ')}?`;
  const hint =
    spelled === undefined
      ? [release, other].filter((part) => part !== '').join('; ')
      : `it is spelled ${spelled}`;
  return new TalosRpcError(
    `${nodeText(error)} has no resources of type ${quoted(type)}`,
    { ...factsOf(error), status: 'unimplemented', hint: hint === '' ? undefined : hint },
    { cause: error },
  );
}

function withHint(error: TalosRpcError, hint: string): TalosRpcError {
  const all = error.hint === undefined ? hint : `${hint}; ${error.hint}`;
  return new TalosRpcError(error.reason, { ...factsOf(error), hint: all }, { cause: error });
}

function factsOf({ status, outcome, rpc, node, endpoint, details, metadata }: TalosRpcError) {
  return { status, outcome, rpc, node, endpoint, details, metadata };
}

function nodeText({ node, endpoint }: TalosRpcError): string {
  return node ?? endpoint ?? 'the node';
}
