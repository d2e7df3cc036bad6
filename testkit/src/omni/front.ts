import { handleCall } from '../apid/apid.js';
import { IMPERSONATOR } from '../apid/authorize.js';
import type { CallMetadata, ServerCall } from '../base/calls/context.js';
import {
  ConnectionLost,
  MessageCut,
  ServerStatus,
  StreamReset,
  toServerStatus,
} from '../base/calls/status.js';
import type { SimulatedCluster } from '../cluster/cluster.js';
import type { Accounts } from './accounts.js';
import { authReply } from './auth-service.js';
import { nodeRole } from './roles.js';
import { type OmniRoute, routeTo } from './routing.js';
import { type Caller, textOf, verdictOn } from './signature.js';

/** A call as Omni saw it. */
export interface OmniCall {
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc: string;
  /** Who signed it, as far as its headers say; absent for a call without a signature. */
  readonly identity: string | undefined;
  /** The fingerprint of the key that it names. */
  readonly fingerprint: string | undefined;
  /** Why its signature was refused. Clients are not told. Absent when it was not refused. */
  readonly problem: string | undefined;
}

/** Methods that Omni takes without a signature: they begin a login. */
const unsigned: ReadonlySet<string> = new Set([
  '/auth.AuthService/RegisterPublicKey',
  '/auth.AuthService/AwaitPublicKeyConfirmation',
]);

/** Services of Omni itself, and not of nodes. */
const ofOmni = /^\/(auth|config|management|oidc|omni)\./;

/** What Omni does with a call. */
export class OmniFront {
  readonly calls: OmniCall[] = [];
  /** Logins that nobody has looked at yet. */
  readonly logins: { readonly fingerprint: string; readonly identity: string }[] = [];
  clockSkewMs = 0;
  /** Known once the port is open. */
  address = '';
  readonly #clusters: readonly SimulatedCluster[];
  readonly #accounts: Accounts;

  constructor(clusters: readonly SimulatedCluster[], accounts: Accounts) {
    this.#clusters = clusters;
    this.#accounts = accounts;
  }

  urlOf(fingerprint: string): string {
    return `https://${this.address}/authenticate?flow=cli&public-key-id=${fingerprint}`;
  }

  async *handle(
    call: ServerCall,
    requests: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const caller = this.#verified(call);
    if (ofOmni.test(call.path)) {
      for await (const request of requests) {
        yield await authReply(call, request, this.#auth());
        return;
      }
      throw new ServerStatus('internal', 'there was no request');
    }
    if (textOf(call.metadata, 'runtime') !== 'Talos') {
      throw new ServerStatus(
        'unimplemented',
        `the simulated Omni has no resources of its own: ${call.path} without runtime "Talos"`,
      );
    }
    yield* this.#passOn(call, requests, caller as Caller);
  }

  /** Who makes a call; absent for the calls of a login. */
  #verified(call: ServerCall): Caller | undefined {
    const { caller, problem } = unsigned.has(call.path)
      ? { caller: undefined, problem: undefined }
      : verdictOn(call, this.#accounts, this.#now());
    this.calls.push({
      rpc: call.path.slice(1),
      identity: caller?.identity,
      fingerprint: caller?.fingerprint,
      problem,
    });
    if (problem !== undefined) throw new ServerStatus('unauthenticated', 'invalid signature');
    return caller;
  }

  #now(): number {
    return (Date.now() + this.clockSkewMs) / 1000;
  }

  #auth() {
    return {
      accounts: this.#accounts,
      now: () => this.#now(),
      urlOf: (fingerprint: string) => this.urlOf(fingerprint),
      began: (fingerprint: string, identity: string) => {
        this.logins.push({ fingerprint, identity });
        this.#accounts.changed();
      },
    };
  }

  async *#passOn(
    call: ServerCall,
    requests: AsyncIterable<Uint8Array>,
    { identity }: Caller,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const route = routeTo(call.metadata, this.#clusters);
    const versions = route.named.map(({ talosVersion }) => talosVersion);
    const role = nodeRole(call.path, this.#accounts.roleOf(identity) ?? 'None', versions);
    const passed: ServerCall = {
      ...call,
      metadata: passedMetadata(call.metadata, route, role),
      roles: [IMPERSONATOR],
    };
    try {
      yield* handleCall(route.entry, passed, requests);
    } catch (cause) {
      // What broke is the connection to the node; that to the caller stands.
      const isBroken =
        cause instanceof ConnectionLost ||
        cause instanceof StreamReset ||
        cause instanceof MessageCut;
      throw isBroken ? toServerStatus(cause) : cause;
    }
  }
}

/** What travels on: Omni has found the node already. */
function passedMetadata(
  metadata: CallMetadata,
  { named, isAggregated }: OmniRoute,
  role: string,
): CallMetadata {
  const passed = new Map(metadata);
  passed.delete('node');
  if (isAggregated) {
    passed.set(
      'nodes',
      named.map(({ address }) => address),
    );
  }
  passed.set('talos-role', [role]);
  return passed;
}
