import { Input } from './input.js';
import { SIGINT, SIGQUIT } from './signals.js';

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const CTRL_BACKSLASH = 0x1c;
const DELETE = 0x7f;

/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Where a program reads from and writes to. */
export interface Console {
  readonly input: Input;
  /** Absent when there is no terminal. */
  readonly size: TerminalSize | undefined;
  /** Shows what a program has written. */
  write(text: string | Uint8Array): void;
}

/** Pipes: everything goes through as it is. */
export class Pipes implements Console {
  readonly input = new Input();
  readonly size = undefined;
  readonly #show: (bytes: Uint8Array) => void;

  constructor(show: (bytes: Uint8Array) => void) {
    this.#show = show;
  }

  write(text: string | Uint8Array): void {
    this.#show(Buffer.from(text));
  }

  receive(bytes: Uint8Array): void {
    this.input.write(bytes);
  }

  hangUp(): void {
    this.input.end();
  }
}

/**
 * A terminal as the kernel has it: shows what is typed, gives it to the program line by line, makes
 * signals of some keys, and begins each line at the left.
 */
export class Terminal implements Console {
  readonly input = new Input();
  size: TerminalSize = { width: 80, height: 24 };
  readonly #show: (bytes: Uint8Array) => void;
  readonly #signal: (signal: number) => void;
  #line: number[] = [];

  constructor(show: (bytes: Uint8Array) => void, signal: (signal: number) => void) {
    this.#show = show;
    this.#signal = signal;
  }

  write(text: string | Uint8Array): void {
    const shown: number[] = [];
    for (const byte of Buffer.from(text)) {
      if (byte === NEWLINE) shown.push(RETURN);
      shown.push(byte);
    }
    this.#show(Uint8Array.from(shown));
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#key(byte);
  }

  hangUp(): void {
    this.#deliver();
    this.input.end();
  }

  #key(byte: number): void {
    switch (byte) {
      case CTRL_C:
        this.#interrupt('^C', SIGINT);
        break;
      case CTRL_BACKSLASH:
        this.#interrupt('^\\', SIGQUIT);
        break;
      case CTRL_D:
        // The end of the input when nothing was typed, or else the end of a line without a break.
        if (this.#line.length > 0) this.#deliver();
        else this.input.mark();
        break;
      case BACKSPACE:
      case DELETE:
        this.#erase();
        break;
      case CTRL_U:
        while (this.#line.length > 0) this.#erase();
        break;
      case RETURN:
      case NEWLINE:
        this.write('\n');
        this.#line.push(NEWLINE);
        this.#deliver();
        break;
      default:
        this.#line.push(byte);
        this.#show(Uint8Array.of(byte));
    }
  }

  #interrupt(shown: string, signal: number): void {
    this.#line = [];
    this.input.clear();
    this.write(shown);
    this.#signal(signal);
  }

  #erase(): void {
    let last = this.#line.pop();
    if (last === undefined) return;
    // A character of UTF-8 goes with all its bytes.
    while (last !== undefined && (last & 0xc0) === 0x80) last = this.#line.pop();
    this.write('\b \b');
  }

  #deliver(): void {
    this.input.write(Uint8Array.from(this.#line));
    this.#line = [];
  }
}
