import { texts } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import { callServerStream, callUnary } from './call.js';
import { type CallOptions, callOptionsShape } from './call-options.js';
import { entryFailure, type ReplyMetadata } from './calls/reply.js';
import type { Init } from './codec.js';
import { TalosConfigError } from './errors/config-error.js';
import { TalosProtocolError } from './errors/protocol-error.js';
import type { NodeResult } from './fan-out.js';
import { type AnyMethod, type Method, type MethodKind, rpcName } from './method.js';
import type { TalosStream } from './stream.js';
import { mapStream } from './streams/map-stream.js';
import { checkTarget, type Target } from './target.js';

/** Options of a call that an endpoint passes on to many nodes. */
export interface AggregateOptions extends CallOptions {
  /** The nodes that the endpoint asks: addresses without a port. */
  readonly nodes: readonly string[];
}

const EXAMPLE = "{ nodes: ['10.0.0.2'] }";

const aggregateShape: Shape<AggregateOptions> = {
  ...callOptionsShape,
  nodes: texts('10.0.0.2'),
};

interface Entry {
  readonly metadata?: ReplyMetadata | undefined;
}

/**
 * Makes one call that the endpoint passes on to many nodes (the `nodes` header). Resolves with the
 * result or the error of each node, in the order of `nodes`.
 *
 * Prefer `talos.nodes(...).each(...)`: Talos deprecated this header in v1.14. One slow node delays
 * the answers of all, and all are lost if the deadline passes. Use it where one call must reach
 * many nodes. Talos accepts the header for the machine, cluster, inspect, storage and time services
 * only. A call that acts is never repeated once it was sent, and acts once on a node that is named
 * twice.
 *
 * @example
 * ```ts
 * const versions = await callAggregated(talos, systemMethods.version, {}, { nodes });
 * ```
 * @throws {TalosConfigError} when the RPC cannot be passed on, or no node is named.
 */
export async function callAggregated<Request, Reply>(
  target: Target,
  method: Method<'unary', Request, Reply>,
  request: Init<Request>,
  options: AggregateOptions,
): Promise<readonly NodeResult<Reply>[]> {
  checkOptions(options, aggregateShape, method.path, EXAMPLE);
  const nodes = nodesOf(method, options);
  const { messages } = await callUnary<Request, { messages: Entry[] }>(
    checkTarget(target),
    wireMethod(method, nodes),
    request,
    throughNodes(options, nodes),
  );
  // Answers come in the order the nodes finished; a node named twice answers twice.
  const answers = new Map<string, NodeResult<Reply>[]>();
  for (const entry of messages) {
    const result = entryResult<Reply>(method, entry, nodes);
    answers.set(result.node, [...(answers.get(result.node) ?? []), result]);
  }
  return nodes.map(
    (node) =>
      answers.get(node)?.shift() ?? {
        node,
        ok: false,
        error: new TalosProtocolError('the endpoint gave no answer for this node', {
          rpc: rpcName(method),
          node,
        }),
      },
  );
}

/**
 * Does the same as `callAggregated` for an RPC with a stream of replies. Each item says which node
 * it came from. A node that fails gives one item with its error, and the others go on.
 *
 * @throws {TalosConfigError} when the RPC cannot be passed on, or no node is named.
 */
export function streamAggregated<Request, Reply>(
  target: Target,
  method: Method<'server-stream', Request, Reply>,
  request: Init<Request>,
  options: AggregateOptions,
): TalosStream<NodeResult<Reply>> {
  checkOptions(options, aggregateShape, method.path, EXAMPLE);
  const nodes = nodesOf(method, options);
  const wire = wireMethod<'server-stream', Request, Reply, Entry>(method, nodes);
  const stream = callServerStream(checkTarget(target), wire, request, throughNodes(options, nodes));
  return mapStream(stream, (entry) => entryResult<Reply>(method, entry, nodes));
}

/** The nodes to ask. A call that acts asks a node once, even if it is named twice. */
function nodesOf({ idempotency }: AnyMethod, { nodes }: AggregateOptions): readonly string[] {
  return idempotency === 'read' || !Array.isArray(nodes) ? nodes : [...new Set(nodes)];
}

/** The method with its replies left as they are on the wire. */
function wireMethod<Kind extends MethodKind, Request, Reply, Wire>(
  method: Method<Kind, Request, Reply>,
  nodes: readonly string[],
): Method<Kind, Request, Wire> {
  if (method.aggregates !== true) {
    throw new TalosConfigError(
      `${rpcName(method)} is not passed on to several nodes by Talos: call each node with ` +
        'talos.nodes([...]).each(...)',
      { field: 'method' },
    );
  }
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new TalosConfigError('nodes: name at least one node to ask', { field: 'nodes' });
  }
  const { types: _, ...facts } = method;
  return { ...facts, unwrap: 'none' };
}

function throughNodes(
  { nodes: _, ...options }: AggregateOptions,
  nodes: readonly string[],
): CallOptions {
  return { ...options, metadata: { ...options.metadata, nodes } };
}

function entryResult<Reply>(
  method: AnyMethod,
  entry: Entry,
  nodes: readonly string[],
): NodeResult<Reply> {
  const { metadata } = entry;
  // A node in maintenance ignores the header and answers for itself.
  const node = metadata?.hostname || (nodes.length === 1 ? (nodes[0] as string) : '');
  if (metadata !== undefined) {
    const error = entryFailure({ method, node }, metadata);
    if (error !== undefined) return { node, ok: false, error };
  }
  return { node, ok: true, value: unwrapped(method, entry) };
}

function unwrapped<Reply>(method: AnyMethod, entry: Entry): Reply {
  switch (method.unwrap) {
    case 'bytes':
      return (entry as { bytes: Reply }).bytes;
    case 'acknowledgement':
      return undefined as Reply;
    default:
      return entry as Reply;
  }
}
