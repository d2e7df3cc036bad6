import { createTalosClient, type TalosClient } from '../../../src/index.js';
import { plaintext } from '../../../src/runtime/credentials/plaintext.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { StatusName } from '../../../src/runtime/errors/status.js';
import { rpcName } from '../../../src/runtime/method.js';
import type { TalosStream } from '../../../src/runtime/stream.js';
import type { AnyCall, Transport } from '../../../src/runtime/transport.js';
import { SideroV1Credentials } from '../../../src/siderov1/credentials.js';
import { type KeySource, signerFor } from '../../../src/siderov1/signer.js';

/** One attempt of a call, as Omni sees it. */
export interface Seen {
  readonly rpc: string;
  /** The fingerprint in the signature; absent for a call that is not signed. */
  readonly key: string | undefined;
  readonly timestamp: string | undefined;
  readonly call: AnyCall;
  readonly request: unknown;
}

type Answer = (seen: Seen) => unknown;

/** The error that a peer answers with. */
export function answered(
  call: AnyCall,
  status: StatusName,
  reason = 'invalid signature',
): TalosRpcError {
  return new TalosRpcError(reason, {
    status,
    outcome: 'answered',
    rpc: rpcName(call.method),
    node: call.node,
    endpoint: 'omni.example:443',
  });
}

/**
 * A transport that signs each call as attempts are signed, and answers from a function: the reply of
 * a call with one, the replies of a stream.
 */
class FakeOmni implements Transport {
  readonly endpoints = ['omni.example:443'];
  readonly seen: Seen[] = [];
  closed = false;
  siblings = 0;
  readonly #answer: Answer;
  readonly #sign: SideroV1Credentials;

  constructor(answer: Answer, sign: SideroV1Credentials) {
    this.#answer = answer;
    this.#sign = sign;
  }

  async #attempt(call: AnyCall, request: unknown): Promise<unknown> {
    const [endpoint = ''] = this.endpoints;
    const attempt = { call, endpoint, number: 1, metadata: call.metadata };
    const headers = await this.#sign.sign(attempt);
    const signature = headers['x-sidero-signature'] as string | undefined;
    const seen: Seen = {
      rpc: rpcName(call.method),
      key: signature?.split(' ')[2],
      timestamp: headers['x-sidero-timestamp'] as string | undefined,
      call,
      request,
    };
    this.seen.push(seen);
    return this.#answer(seen);
  }

  unary<Reply>(call: AnyCall, request: unknown): Promise<Reply> {
    return this.#attempt(call, request) as Promise<Reply>;
  }

  clientStream<Reply>(call: AnyCall, requests: unknown): Promise<Reply> {
    return this.#attempt(call, requests) as Promise<Reply>;
  }

  stream<Reply>(call: AnyCall, requests: unknown): TalosStream<Reply> {
    const attempt = () => this.#attempt(call, requests) as Promise<AsyncIterable<Reply>>;
    async function* replies() {
      yield* await attempt();
    }
    const generator = replies();
    const stream: TalosStream<Reply> = {
      [Symbol.asyncIterator]: () => stream,
      next: () => generator.next() as Promise<IteratorResult<Reply, undefined>>,
      return: async () => {
        await generator.return(undefined);
        return { done: true, value: undefined };
      },
      cancel: () => void generator.return(undefined),
      [Symbol.asyncDispose]: async () => void (await generator.return(undefined)),
    };
    return stream;
  }

  sibling(): Transport {
    this.siblings += 1;
    return this.#sign.over(new FakeOmni(this.#answer, this.#sign));
  }

  close(): void {
    this.closed = true;
  }
}

/** A client whose calls are signed with the keys of `source`, and answered by `answer`. */
export function clientOf(
  source: KeySource,
  answer: Answer,
  clock: () => number = Date.now,
): { talos: TalosClient; omni: FakeOmni } {
  const credentials = new SideroV1Credentials(plaintext(), async () => signerFor(source, clock));
  const omni = new FakeOmni(answer, credentials);
  const talos = createTalosClient({ transport: credentials.over(omni) });
  return { talos, omni };
}
