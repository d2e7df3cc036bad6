import { record } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import type { Credentials } from '../runtime/credentials/credentials.js';
import { basicAuth, mtls, serverTls } from '../runtime/credentials/index.js';
import { parseEndpoint } from '../runtime/dial/endpoint.js';
import { parseProxyUrl } from '../runtime/dial/proxy/proxy-url.js';
import { isHeaderText } from '../runtime/metadata.js';
import { addressProblem } from '../runtime/node-address.js';
import { placeOf, type StoredSettings, type TalosconfigContext } from './context.js';
import type { Environment } from './find.js';
import { configError, relocated } from './place.js';
import { decodePem } from './setting-values.js';
import { type SigningOptions, signingCredentials } from './signing.js';

/** The options for `createTalosClient` that a talosconfig gives. */
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

/** What a client should use instead of what its talosconfig says. */
export interface ClientOptionsInit {
  /** Credentials to use instead of those in the talosconfig. */
  readonly credentials?: Credentials | undefined;
  /** How the calls of a context with `auth.siderov1` are signed. Other contexts ignore it. */
  readonly siderov1?: SigningOptions | undefined;
  /**
   * The environment variables that say where signing keys are. They are read for contexts with
   * `auth.siderov1` alone. Default: those of the process.
   */
  readonly env?: Environment | undefined;
}

export const clientOptionsShape: Shape<ClientOptionsInit> = {
  credentials: record,
  siderov1: record,
  env: record,
};

/**
 * The options with which `createTalosClient` reaches the cluster of a context. Checks everything
 * in the context that they depend on.
 *
 * @example
 * ```ts
 * const config = await readTalosconfig();
 * const clients = config.contexts.map((context) => createTalosClient(clientOptions(context)));
 * ```
 * @throws {TalosConfigError} when there is no endpoint, or an endpoint, a node, the cluster, the
 * proxy, a certificate or the private key cannot be used. The error names file, line, context and
 * key, and shows no secret.
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
    throw configError('a name of a cluster is printable ASCII text', context[placeOf]('cluster'));
  }
  if (proxy !== undefined) checkProxy(proxy, context);
  return hideLogin({
    endpoints,
    credentials: options.credentials ?? contextCredentials(context, options),
    nodes,
    ...(cluster !== undefined && { cluster }),
    ...(proxy !== undefined && { proxy }),
  });
}

function checkEndpoints(context: TalosconfigContext): void {
  if (context.endpoints.length === 0) {
    throw configError(
      'there is no endpoint to connect to; name a control plane',
      context[placeOf]('endpoints'),
    );
  }
  context.endpoints.forEach((endpoint, index) => {
    const key = `endpoints[${index}]`;
    try {
      parseEndpoint(endpoint, key);
    } catch (cause) {
      throw relocated(cause, (at) => context[placeOf](at), { [key]: key });
    }
  });
}

function checkNodes(context: TalosconfigContext): void {
  context.nodes.forEach((node, index) => {
    const problem = addressProblem(node);
    if (problem !== undefined) {
      throw configError(`a node ${problem}`, context[placeOf](`nodes[${index}]`));
    }
  });
}

function checkProxy(proxy: string, context: TalosconfigContext): void {
  if (proxy === 'direct') return;
  try {
    parseProxyUrl(proxy, 'proxy');
  } catch (cause) {
    throw relocated(cause, (at) => context[placeOf](at), { proxy: 'proxy-url' });
  }
}

/**
 * The credentials that a context holds: its client certificate, its user name and password, both,
 * or neither. With neither, only the server is verified. In a context for Omni, calls are signed
 * besides.
 *
 * @throws {TalosConfigError} naming what cannot be used
 */
function contextCredentials(
  context: TalosconfigContext,
  { siderov1 = {}, env = process.env }: ClientOptionsInit,
): Credentials {
  if (context.authentication !== 'siderov1') return tlsCredentials(context);
  return signingCredentials(context, () => tlsCredentials(context), siderov1, env);
}

function tlsCredentials(context: TalosconfigContext): Credentials {
  const settings = context.settings();
  const pem = (key: 'ca' | 'crt' | 'key') => {
    const value = settings[key];
    return value === undefined ? undefined : decodePem(value, context[placeOf](key));
  };
  try {
    return createCredentials(settings.basic, pem('ca'), pem('crt'), pem('key'));
  } catch (cause) {
    throw relocated(cause, (at) => context[placeOf](at), {
      ca: 'ca',
      cert: 'crt',
      key: 'key',
      username: 'auth.basic.username',
      password: 'auth.basic.password',
    });
  }
}

function createCredentials(
  basic: StoredSettings['basic'],
  ca: string | undefined,
  cert: string | undefined,
  key: string | undefined,
): Credentials {
  if (basic !== undefined) return basicAuth({ ...basic, ca, cert, key });
  if (cert === undefined && key === undefined) return serverTls({ ca });
  // With one of the two missing, mtls says which.
  return mtls({ ca, cert: cert as string, key: key as string });
}

/** The key of the method by which an object tells `util.inspect` how to show it. */
const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A proxy URL without its user name and password. */
function withoutLogin(proxy: string): string {
  // Up to the last @, since a password may hold one.
  return proxy.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1<hidden>@');
}

/**
 * Returns `options`. When they are logged, inspected or turned into JSON, they show the proxy
 * without its password; when they are read or spread, they have it.
 */
function hideLogin<Options extends { readonly proxy?: string }>(options: Options): Options {
  const { proxy } = options;
  if (proxy === undefined || withoutLogin(proxy) === proxy) return options;
  const show = { value: () => ({ ...options, proxy: withoutLogin(proxy) }) };
  return Object.defineProperties(options, { toJSON: show, [inspect]: show });
}
