import { type ChannelOptions, experimental } from '@grpc/grpc-js';
import { connectOptions, type Place } from '../../dial/place.js';

const scheme = 'talos-endpoint';
const option = 'talos-client.address';

let registered = false;

/**
 * The target and options of a channel that connects to exactly `place`.
 *
 * grpc-js passes the object to `net.connect` as it is. So Node looks up the name at each attempt,
 * tries all its addresses, and stops at the signal. With its own resolver, grpc-js waits for
 * minutes when no answer comes, keeps the process alive that long, and asks DNS for a
 * configuration.
 *
 * @param authority the name of the server in HTTP/2
 */
export function targetOf(
  place: Place,
  signal: AbortSignal,
  authority: string,
): { target: string; options: ChannelOptions } {
  if (!registered) {
    experimental.registerResolver(scheme, FixedResolver);
    registered = true;
  }
  return {
    target: `${scheme}:${authority}`,
    options: { [option]: connectOptions(place, signal) },
  };
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
