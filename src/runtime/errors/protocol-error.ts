import { TalosError } from './talos-error.js';

/** Which call broke the protocol. */
export interface ProtocolFailure {
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc?: string | undefined;
  /** The node the call was addressed to. */
  readonly node?: string | undefined;
  /** The endpoint that carried the call. */
  readonly endpoint?: string | undefined;
}

/**
 * A peer answered with something the contract does not allow: bytes that are no valid message,
 * no reply or several where one is due. Report it, or look for a version skew. The call reached a
 * peer, so that it may have run: what became of it is unknown.
 */
export class TalosProtocolError extends TalosError {
  override readonly name = 'TalosProtocolError';
  readonly code = 'protocol';
  /** The RPC, such as `machine.MachineService/Version`; absent when bytes were decoded directly. */
  readonly rpc: string | undefined;
  /** The node the call was addressed to. */
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
