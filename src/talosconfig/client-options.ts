import { record } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import type { Credentials } from '../runtime/credentials/credentials.js';
import { parseEndpoint } from '../runtime/dial/endpoint.js';
import { parseProxyUrl } from '../runtime/dial/proxy/proxy-url.js';
import { isHeaderText } from '../runtime/metadata.js';
import { addressProblem } from '../runtime/node-address.js';
import { place, type TalosconfigContext } from './context.js';
import { contextCredentials } from './credentials.js';
import { configError } from './place.js';
import { hideLogin } from './redact.js';
import { relocated } from './relocate.js';

/** What `createTalosClient` needs to know, as a talosconfig says it. */
export interface TalosconfigClientOptions {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  /** What `talos.nodes()` stands for. */
  readonly nodes: readonly string[];
  /** The Omni cluster that calls are for. */
  readonly cluster?: string;
  /** `direct`, or the URL of a proxy. Absent: as the environment says. */
  readonly proxy?: string;
}

/** What a client is to have otherwise than its talosconfig says. */
export interface ClientOptionsInit {
  /**
   * Credentials to use in place of those in the talosconfig. A context whose requests are signed
   * for Omni needs them.
   */
  readonly credentials?: Credentials | undefined;
}

export const clientOptionsShape: Shape<ClientOptionsInit> = { credentials: record };

/**
 * The options with which `createTalosClient` reaches the cluster of a context. Checks everything
 * in the context that they depend on.
 *
 * @example
 * ```ts
 * const config = await readTalosconfig();
 * const clients = config.contexts.map((context) => createTalosClient(clientOptions(context)));
 * ```
 * @throws {TalosConfigError} when there is no endpoint, or an endpoint, a node, the cluster, the proxy,
 * a certificate or the key cannot be used. The error names file, line, context and key, and shows no secret.
 */
export function clientOptions(
  context: TalosconfigContext,
  options: ClientOptionsInit = {},
): TalosconfigClientOptions {
  checkOptions(options, clientOptionsShape, 'clientOptions');
  const { endpoints, nodes, cluster } = context;
  const { proxy } = context.settings();
  checkEndpoints(context);
  checkNodes(context);
  if (cluster !== undefined && !isHeaderText(cluster)) {
    throw configError('a name of a cluster is printable ASCII text', context[place]('cluster'));
  }
  if (proxy !== undefined) checkProxy(proxy, context);
  return hideLogin({
    endpoints,
    credentials: options.credentials ?? contextCredentials(context),
    nodes,
    ...(cluster !== undefined && { cluster }),
    ...(proxy !== undefined && { proxy }),
  });
}

function checkEndpoints(context: TalosconfigContext): void {
  if (context.endpoints.length === 0) {
    throw configError(
      'there is no endpoint to connect to; name a control plane',
      context[place]('endpoints'),
    );
  }
  context.endpoints.forEach((endpoint, index) => {
    const key = `endpoints[${index}]`;
    try {
      parseEndpoint(endpoint, key);
    } catch (cause) {
      throw relocated(cause, context, { [key]: key });
    }
  });
}

function checkNodes(context: TalosconfigContext): void {
  context.nodes.forEach((node, index) => {
    const problem = addressProblem(node);
    if (problem !== undefined) {
      throw configError(`a node ${problem}`, context[place](`nodes[${index}]`));
    }
  });
}

function checkProxy(proxy: string, context: TalosconfigContext): void {
  if (proxy === 'direct') return;
  try {
    parseProxyUrl(proxy, 'proxy');
  } catch (cause) {
    throw relocated(cause, context, { proxy: 'proxy-url' });
  }
}
