import { oneOf, record } from '../../arguments/kinds.js';
import type { Shape } from '../../arguments/options.js';
import { type CarrierOptions, carrierShape } from '../options.js';

/** Where and how a client connects over grpc-js. */
export interface GrpcCarrierOptions extends CarrierOptions {
  /**
   * Options of grpc-js' channels (its `ChannelOptions`). They win over those that this library sets.
   * grpc-js' own backoff options have no effect, since a channel here connects once: use `backoff`.
   */
  readonly channelOptions?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What to do, in the whole process, with the lines that grpc-js writes to stderr about PINGs that
   * a node refused: `quiet` drops them, `keep` leaves grpc-js' logger alone. It matters only with
   * `keepalive`. Default: `quiet`, unless the environment asks for logs (`GRPC_VERBOSITY`,
   * `GRPC_TRACE`).
   */
  readonly grpcLogs?: 'quiet' | 'keep' | undefined;
}

/** Numbers are checked where they are used. */
export const grpcCarrierShape: Shape<GrpcCarrierOptions> = {
  ...carrierShape,
  channelOptions: record,
  grpcLogs: oneOf('quiet', 'keep'),
};
