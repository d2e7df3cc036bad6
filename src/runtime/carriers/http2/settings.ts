import {
  calmDown,
  errorCodes,
  FIRST_WINDOW,
  FRAME_BYTES,
  Http2Error,
  MAX_UINT31,
  protocolError,
  uint32At,
} from './frames.js';

const ids = {
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

const ENTRY_BYTES = 6;

/** A frame of SETTINGS may have this many entries; there are seven that mean something. */
const MOST_ENTRIES = 32;

/** The streams that a peer takes before it has said a number. */
const FIRST_STREAMS = 100;

/** What the peer asks for (RFC 9113, section 6.5). */
export class PeerSettings {
  /** The streams that may be open at once. Without a number in its first SETTINGS: any. */
  maxStreams = FIRST_STREAMS;
  initialWindow = FIRST_WINDOW;
  /** The size of headers that it takes, where each field counts 32 besides its bytes. */
  maxHeaderBytes = Infinity;
  #isFirst = true;

  /**
   * Applies a frame of SETTINGS.
   *
   * @returns by how much the windows of open streams change
   * @throws {Http2Error} when a value is none that may be sent
   */
  apply(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > MOST_ENTRIES * ENTRY_BYTES)
      throw calmDown('it sent too many settings at once');
    if (this.#isFirst) {
      this.#isFirst = false;
      this.maxStreams = Infinity;
    }
    const windowBefore = this.initialWindow;
    for (let at = start; at < end; at += ENTRY_BYTES) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      this.#set(id, uint32At(bytes, at + 2));
    }
    return this.initialWindow - windowBefore;
  }

  #set(id: number, value: number): void {
    switch (id) {
      case ids.enablePush:
        if (value !== 0) throw protocolError('it offered to take pushed streams');
        break;
      case ids.maxConcurrentStreams:
        this.maxStreams = value;
        break;
      case ids.initialWindowSize:
        if (value > MAX_UINT31) {
          const reason = 'its settings ask for a window that is larger than any may be';
          throw new Http2Error(errorCodes.flowControlError, reason);
        }
        this.initialWindow = value;
        break;
      case ids.maxFrameSize:
        // Checked before use: a size of 0 made Go's client loop for ever (CVE-2026-33814).
        if (value < FRAME_BYTES || value > 0xff_ffff) {
          throw protocolError(`its settings ask for frames of ${value} bytes`);
        }
        // This side sends no frame above the least that a peer may ask for.
        break;
      case ids.maxHeaderListSize:
        this.maxHeaderBytes = value;
        break;
      default:
        // HEADER_TABLE_SIZE too: this side uses no table to encode. Unknown ones mean nothing.
        break;
    }
  }
}

/**
 * The entries of this side's SETTINGS: no pushes, and the window of streams. All else stays at its
 * default: a table for headers of 4096 bytes, and frames of 16384. The limit of header lists is not
 * said, since servers written in Go would then reset a stream instead of sending its status.
 */
export function ownSettings(window: number): readonly (readonly [id: number, value: number])[] {
  return [
    [ids.enablePush, 0],
    [ids.initialWindowSize, window],
  ];
}
