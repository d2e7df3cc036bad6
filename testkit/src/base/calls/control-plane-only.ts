import type { AnyMethod } from 'talos-client';
import { ServerStatus } from './status.js';

/** The refusal of an RPC that only control planes serve. */
export function controlPlaneOnly(method: AnyMethod): ServerStatus {
  const name = method.path.slice(method.path.lastIndexOf('/') + 1);
  return new ServerStatus('unimplemented', `${name} is only available on control plane nodes`);
}
