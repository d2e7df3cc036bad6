import type { DecodedEvent, EventPayload } from '../../events/decode-event.js';

/** Where a node is in what it does; all absent when a sequence has ended. */
export interface Place {
  readonly sequence: string | undefined;
  readonly phase: string | undefined;
  readonly task: string | undefined;
}

const nowhere: Place = { sequence: undefined, phase: undefined, task: undefined };

/** The last task that callers see: the API of the node ends in it. */
const LAST_TASK = 'stopAllServices';

/**
 * What the events of a node tell of an action. They carry the id of the action, but for the refusal
 * of a node that is busy with something else.
 */
export class SequenceSigns {
  readonly #sequences: readonly string[];
  readonly #onPlace: (place: Place) => void;
  /** The id of the action; absent while the reply with it is on its way, or when it was lost. */
  #actorId: string | undefined;
  /** What came before the id was known; absent when nothing was sent yet, or it is known. */
  #early: DecodedEvent[] | undefined;
  #lost = false;
  #place: Place = nowhere;
  #started = false;
  #leaving = false;
  #refusal: string | undefined;
  #failure: string | undefined;
  #all = false;

  /** @param sequences by which a node does what is asked for, such as `reboot` */
  constructor(sequences: readonly string[], onPlace: (place: Place) => void) {
    this.#sequences = sequences;
    this.#onPlace = onPlace;
  }

  /** Whether the action has begun. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether the node is about to go down. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** Why the node does not do it, although it acknowledged: something else is running. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Why it broke off. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The action is about to be sent: events from now on may belong to it. */
  sending(): void {
    this.#early = [];
  }

  /** The action was acknowledged with the id of its events, which is empty for a rollback. */
  acknowledged(actorId: string): void {
    this.#actorId = actorId;
    for (const event of this.#early ?? []) this.#read(event);
    this.#early = undefined;
  }

  /** The reply was lost: the id is that of the first such sequence that begins. */
  replyLost(): void {
    this.#lost = true;
    const begun = this.#early?.find(({ payload }) => this.#isStart(payload));
    if (begun !== undefined) this.acknowledged(begun.actorId);
  }

  /** The node is in another boot: whatever it does now is of interest, and says nothing of the action. */
  rebooted(): void {
    this.#all = true;
  }

  note(event: DecodedEvent): void {
    if (this.#all) this.#follow(event.payload);
    else if (this.#actorId !== undefined) this.#read(event);
    else if (this.#early !== undefined) {
      this.#early.push(event);
      this.#noteRefusal(event);
      if (this.#lost && this.#isStart(event.payload)) this.acknowledged(event.actorId);
    }
  }

  #isStart(payload: EventPayload): boolean {
    if (payload.case !== 'sequence' || payload.value.action !== 'START') return false;
    return this.#sequences.includes(payload.value.sequence);
  }

  #read(event: DecodedEvent): void {
    this.#noteRefusal(event);
    if (event.actorId !== this.#actorId) return;
    const { payload } = event;
    if (payload.case === 'sequence') {
      const { sequence, action, error } = payload.value;
      if (error !== undefined && this.#sequences.includes(sequence)) {
        this.#failure ??=
          error.code === 'CANCELED'
            ? `another sequence took the place of ${sequence}`
            : `${sequence} failed: ${error.message}`;
        return;
      }
      if (action === 'START') {
        this.#started = true;
        // A reboot is short, and its last events are often lost.
        if (sequence === 'reboot') this.#leaving = true;
      }
    }
    if (payload.case === 'task' && payload.value.task === LAST_TASK) this.#leaving = true;
    if (payload.case === 'restart') this.#leaving = true;
    this.#follow(payload);
  }

  #noteRefusal({ actorId, payload }: DecodedEvent): void {
    if (this.#started || actorId !== '' || payload.case !== 'sequence') return;
    const { sequence, error } = payload.value;
    if (error?.code !== 'LOCKED' || !this.#sequences.includes(sequence)) return;
    this.#refusal ??= error.message;
  }

  #follow(payload: EventPayload): void {
    const before = this.#place;
    if (payload.case === 'sequence' && payload.value.action === 'START') {
      this.#place = { sequence: payload.value.sequence, phase: undefined, task: undefined };
    } else if (payload.case === 'sequence' && payload.value.sequence === before.sequence) {
      this.#place = nowhere;
    } else if (payload.case === 'phase' && payload.value.action === 'START') {
      this.#place = { ...before, phase: payload.value.phase, task: undefined };
    } else if (payload.case === 'task' && payload.value.action === 'START') {
      this.#place = { ...before, task: payload.value.task };
    }
    if (this.#place !== before) this.#onPlace(this.#place);
  }
}
