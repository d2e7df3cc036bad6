import type { AnyCall, Transport } from '../runtime/transport.js';
import type { Signer } from './signer.js';

/** What a call needs before its first attempt, and when Omni refused its key. */
export class SignedCall {
  readonly #call: AnyCall;
  readonly #transport: Transport;
  readonly #load: () => Promise<Signer>;
  readonly #signals: readonly AbortSignal[];
  #signer: Signer | undefined;
  /** A call gets another key once, so that it ends when no key helps. */
  #renewed = false;

  /**
   * @param transport carries the calls of a login
   * @param signals end the wait for a key
   */
  constructor(
    call: AnyCall,
    transport: Transport,
    load: () => Promise<Signer>,
    signals: readonly AbortSignal[],
  ) {
    this.#call = call;
    this.#transport = transport;
    this.#load = load;
    this.#signals = signals;
  }

  /**
   * Runs `attempt`, and once more if Omni refused its key and there is another one.
   *
   * @param mayRepeat whether what the call sends can be sent again
   */
  async run<T>(attempt: () => Promise<T>, mayRepeat: boolean): Promise<T> {
    try {
      await this.#begin();
      return await attempt();
    } catch (error) {
      if (!(await this.#again(error, mayRepeat))) throw this.explained(error);
    }
    try {
      return await attempt();
    } catch (error) {
      throw this.explained(error);
    }
  }

  async #begin(): Promise<void> {
    this.#signer = await this.#load();
    this.#renewed = (await this.#signer.ready(this.#asking)) ?? false;
  }

  async #again(error: unknown, mayRepeat: boolean): Promise<boolean> {
    const refused = this.#signer?.refusedKey(this.#call, error);
    if (refused === undefined || this.#renewed) return false;
    this.#renewed = true;
    if (mayRepeat) return (await this.#signer?.renewed(refused, this.#asking)) ?? false;
    this.#signer?.distrust(refused);
    return false;
  }

  get #asking() {
    return { transport: this.#transport, signals: this.#signals };
  }

  /** `error`, with what it means behind Omni. */
  explained(error: unknown): unknown {
    return this.#signer?.explained(error) ?? error;
  }
}
