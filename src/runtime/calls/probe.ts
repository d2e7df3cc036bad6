import type {
  CarrierStream,
  Connection,
  RequestHeaders,
  StreamEnd,
  StreamSink,
} from '../carriers/carrier.js';
import type { Clock } from './clock.js';

/** Milliseconds in which a healthy endpoint answers. */
const PROBE_MS = 2000;

/** The shortest question that every Talos API answers by itself, whatever became of other nodes. */
const headers: RequestHeaders = {
  path: '/machine.MachineService/Version',
  metadata: { runtime: 'Talos' },
  more: undefined,
  timeoutMs: PROBE_MS,
  uploads: false,
  streams: false,
};

/**
 * Asks the endpoint of `connection` for its version, and tells `done` once whether it answered. Any
 * answer will do, also a refusal: it shows that somebody is there.
 */
export class Probe implements StreamSink {
  readonly #clock: Clock;
  readonly #done: (answered: boolean) => void;
  readonly #timer: unknown;
  #stream: CarrierStream | undefined;
  #over = false;

  constructor(connection: Connection, clock: Clock, done: (answered: boolean) => void) {
    this.#clock = clock;
    this.#done = done;
    this.#timer = clock.start(PROBE_MS, timeOver, this as Probe);
    const stream = connection.open(headers, this);
    this.#stream = stream;
    if (this.#over) return;
    stream.write(new Uint8Array(0));
    stream.read();
    stream.end();
  }

  onHeaders(): void {
    this.finish(true);
  }

  onMessage(): void {
    this.finish(true);
  }

  onEnd({ kind }: StreamEnd): void {
    this.finish(kind !== 'lost' && kind !== 'unsent');
  }

  /** Asks no longer, and tells nobody. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#clock.stop(this.#timer);
    this.#stream?.reset();
  }

  /** @internal */
  finish(answered: boolean): void {
    if (this.#over) return;
    this.stop();
    this.#done(answered);
  }
}

function timeOver(probe: Probe): void {
  probe.finish(false);
}
