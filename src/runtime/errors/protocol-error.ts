import { TalosError } from './talos-error.js';

/** Which call broke the protocol. */
export interface ProtocolFailure {
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc?: string | undefined;
  /** The node that the call was addressed to. */
  readonly node?: string | undefined;
  /** The endpoint that carried the call. */
  readonly endpoint?: string | undefined;
}

/**
 * A peer answered with something that the contract does not allow: bytes that are not a valid
 * message, or no reply or several where one is expected. Check whether client and node have
 * versions that fit, or report it. The call reached a peer and may have run: its outcome is
 * unknown.
 */
export class TalosProtocolError extends TalosError {
  /** @internal */
  static override readonly code = 'protocol';
  override readonly name = 'TalosProtocolError';
  readonly code = 'protocol';
  /** The RPC, such as `machine.MachineService/Version`; absent when bytes were decoded directly. */
  readonly rpc: string | undefined;
  /** The node that the call was addressed to. */
  readonly node: string | undefined;
  /** The endpoint that carried the call. */
  readonly endpoint: string | undefined;

  constructor(reason: string, failure: ProtocolFailure = {}, options?: ErrorOptions) {
    const { rpc, node, endpoint } = failure;
    const place = rpc === undefined ? '' : `${rpc}${node === undefined ? '' : ` on ${node}`}: `;
    super(`${place}${reason}`, options);
    this.rpc = rpc;
    this.node = node;
    this.endpoint = endpoint;
  }
}
