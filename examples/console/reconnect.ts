import type { ReconnectOptions } from 'talos-client/follow';

/** Somebody looks: a node that is gone is to be seen soon, and one that is back, too. */
export const reconnect: ReconnectOptions = {
  firstMs: 500,
  maxMs: 5_000,
  silenceMs: 10_000,
  probeTimeoutMs: 5_000,
  waitForNode: true,
};
