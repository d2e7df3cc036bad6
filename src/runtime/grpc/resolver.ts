import { type ChannelOptions, experimental } from '@grpc/grpc-js';

const scheme = 'talos-endpoint';
const option = 'talos-client.address';

/** The one address of a channel: `options` of `net.connect`. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** The unix socket, in place of host and port. */
  readonly path?: string;
  /** Ends the attempt to connect, and later the connection. */
  readonly signal: AbortSignal;
}

let registered = false;

/**
 * The target and options of a channel that connects to exactly `address`.
 *
 * grpc-js hands the object to `net.connect` as it is. So Node looks up the name at each attempt,
 * tries all its addresses, and stops at the signal: with its own resolver, grpc-js waits for minutes
 * where no answer comes, keeps the process alive that long, and asks DNS for a configuration.
 *
 * @param authority what the server is called in HTTP/2
 */
export function targetOf(
  address: Address,
  authority: string,
): { target: string; options: ChannelOptions } {
  if (!registered) {
    experimental.registerResolver(scheme, FixedResolver);
    registered = true;
  }
  const place =
    address.path === undefined
      ? // Node gives up on one of several addresses after this long.
        { ...address, autoSelectFamilyAttemptTimeout: 1000 }
      : { path: address.path, signal: address.signal };
  return { target: `${scheme}:${authority}`, options: { [option]: place } };
}

/**
 * The place that a target in grpc-js' notation names: `ipv4:`, `ipv6:` or `dns:` with host and
 * port, or `unix:` with a path.
 */
export function placeOf(target: string): { host: string; port: number; path?: string } {
  const [, kind, rest = ''] = /^(ipv4|ipv6|dns|unix):(?:\/\/\/(?!\/))?(.*)$/.exec(target) ?? [];
  if (kind === 'unix') {
    return { host: '', port: 0, path: rest.startsWith('/') ? rest : `/${rest}` };
  }
  const place = experimental.splitHostPort(rest);
  if (place?.port === undefined) throw new Error(`"${target}" names no host and port`);
  return { host: place.host, port: place.port };
}

class FixedResolver implements experimental.Resolver {
  readonly #listener: experimental.ResolverListener;
  readonly #address: experimental.SubchannelAddress;
  #state: 'new' | 'answered' | 'destroyed' = 'new';

  constructor(
    _target: experimental.GrpcUri,
    listener: experimental.ResolverListener,
    options: ChannelOptions,
  ) {
    this.#listener = listener;
    this.#address = options[option];
  }

  updateResolution(): void {
    // Asked again after each failure, as if another answer could come.
    if (this.#state !== 'new') return;
    this.#state = 'answered';
    process.nextTick(() => {
      if (this.#state === 'destroyed') return;
      const endpoints = [{ addresses: [this.#address] }];
      this.#listener(experimental.statusOrFromValue(endpoints), {}, null, '');
    });
  }

  destroy(): void {
    this.#state = 'destroyed';
  }

  static getDefaultAuthority({ path }: experimental.GrpcUri): string {
    return path;
  }
}
