/** A step of an operation begins. */
export interface StepProgress<Step extends string> {
  readonly type: 'step';
  readonly step: Step;
  /** The address of the node that it is about; absent where it is about the cluster. */
  readonly node: string | undefined;
}

/** Something is waited for. Told at the beginning, and again when the reason changes. */
export interface WaitingProgress<Step extends string> {
  readonly type: 'waiting';
  readonly step: Step;
  readonly node: string | undefined;
  /** What is waited for, such as `the node to be ready`. */
  readonly what: string;
  /** Why it is not there yet: an error of the last look, or what was seen. */
  readonly reason: unknown;
}

/** The node tells how far it is: the phase of its sequence, and the task in it. */
export interface PhaseProgress<Step extends string> {
  readonly type: 'phase';
  readonly step: Step;
  readonly node: string | undefined;
  /** Such as `reboot`, `upgrade` or `boot`; absent when the sequence has ended. */
  readonly sequence: string | undefined;
  readonly phase: string | undefined;
  readonly task: string | undefined;
}

/** Bytes have moved. */
export interface BytesProgress<Step extends string> {
  readonly type: 'bytes';
  readonly step: Step;
  readonly node: string | undefined;
  /** How many bytes so far. */
  readonly bytes: number;
  /** How many there will be; absent where nobody knows. */
  readonly total: number | undefined;
}

/** A line for people: what an installer prints, or what was found. */
export interface NoteProgress<Step extends string> {
  readonly type: 'note';
  readonly step: Step;
  readonly node: string | undefined;
  readonly text: string;
}

/** How far an operation is. `step` is the name of one of its steps. */
export type OperationProgress<Step extends string = string> =
  | StepProgress<Step>
  | WaitingProgress<Step>
  | PhaseProgress<Step>
  | BytesProgress<Step>
  | NoteProgress<Step>;
