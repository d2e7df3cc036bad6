/** Milliseconds that a peer has to answer a question. */
const ANSWER_MS = 1000;

/**
 * The number of PINGs that gRPC for Go takes until it sends HEADERS or DATA, if they come more often
 * than every five minutes. One more, and it ends the connection.
 */
const PINGS = 3;

/** Sends questions. */
export interface Asker {
  /** How many HEADERS and DATA the peer has sent. */
  readonly messages: number;
  /** Sends a PING with this payload, or SETTINGS that change nothing. */
  ask(payload: number | undefined): void;
}

/**
 * Asks the peer of one connection whether it is still there (RFC 9113, sections 6.5.3 and 6.7): with
 * a PING or, after as many as nodes take, with SETTINGS that change nothing.
 */
export class Question {
  readonly #asker: Asker;
  #timer: NodeJS.Timeout | undefined;
  #told: ((alive: boolean) => void) | undefined;
  #payload = 0;
  #isPing = false;
  #pings = 0;
  #messages = 0;
  /** Answers to SETTINGS that are due; the first SETTINGS of this side are among them. */
  #settings = 1;
  #pingsOut = 0;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Whether an answer is expected. */
  get open(): boolean {
    return this.#told !== undefined;
  }

  /** Asks, and tells once whether the peer is there. Does nothing while an answer is expected. */
  ask(told: (alive: boolean) => void, answerMs = ANSWER_MS): void {
    if (this.open) return;
    if (this.#messages !== this.#asker.messages) this.#pings = 0;
    this.#messages = this.#asker.messages;
    this.#isPing = this.#pings < PINGS;
    this.#send(told, answerMs);
  }

  /** As `ask`, always with a PING. */
  ping(told: (alive: boolean) => void, answerMs: number): void {
    if (this.open) return;
    this.#isPing = true;
    this.#send(told, answerMs);
  }

  #send(told: (alive: boolean) => void, answerMs: number): void {
    this.#told = told;
    this.#timer = setTimeout(() => this.#tell(false), answerMs);
    if (this.#isPing) {
      this.#pings += 1;
      this.#pingsOut += 1;
      this.#payload = (this.#payload + 1) & 0xffff;
      this.#asker.ask(this.#payload);
    } else {
      this.#settings += 1;
      this.#asker.ask(undefined);
    }
  }

  /** An answer came. Returns whether it is one to a question. */
  answered(payload: number | undefined): boolean {
    if (payload === undefined) {
      if (this.#settings === 0) return false;
      this.#settings -= 1;
      if (this.open && !this.#isPing && this.#settings === 0) this.#tell(true);
      return true;
    }
    if (this.#pingsOut === 0) return false;
    this.#pingsOut -= 1;
    if (this.open && this.#isPing && payload === this.#payload) this.#tell(true);
    return true;
  }

  #tell(alive: boolean): void {
    const told = this.#told;
    this.close();
    told?.(alive);
  }

  /** Nobody needs the answer any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = undefined;
  }
}

/** What keepalive needs of its connection. */
export interface KeptAlive {
  readonly bytesRead: number;
  /** The peer did not answer. */
  silent(): void;
}

/** Asks a silent peer now and then whether it is there, for as long as streams are open. */
export class Keepalive {
  readonly #question: Question;
  readonly #connection: KeptAlive;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #heard = 0;

  constructor(
    question: Question,
    connection: KeptAlive,
    { intervalMs, timeoutMs }: { readonly intervalMs: number; readonly timeoutMs: number },
  ) {
    this.#question = question;
    this.#connection = connection;
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
  }

  /** Streams are open. */
  start(): void {
    clearTimeout(this.#timer);
    this.#heard = this.#connection.bytesRead;
    this.#timer = setTimeout(() => this.#look(), this.#intervalMs);
  }

  /** No streams are open. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#connection.bytesRead !== this.#heard || this.#question.open) {
      this.start();
      return;
    }
    this.#question.ping((alive) => {
      if (!alive) this.#connection.silent();
      else if (this.#timer !== undefined) this.start();
    }, this.#timeoutMs);
  }
}
