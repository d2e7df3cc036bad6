/** Frames of HTTP/2: their types, flags and codes (RFC 9113, sections 4, 6 and 7). */

export const FRAME_HEADER_BYTES = 9;

/** The payload that every peer takes, and the most that this side takes (section 4.2). */
export const FRAME_BYTES = 16_384;

/** The largest window, and the largest stream identifier. */
export const MAX_UINT31 = 0x7fff_ffff;

/** The window of a connection and of each stream before anybody says otherwise (section 6.9.2). */
export const FIRST_WINDOW = 65_535;

/** What a client says first (section 3.4). */
export const PREFACE = Uint8Array.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (text) =>
  text.charCodeAt(0),
);

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlags = {
  ack: 1,
  endStream: 1,
  endHeaders: 4,
  padded: 8,
  priority: 32,
} as const;

/** Why a stream or a connection ends (section 7). */
export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

/** The peer broke a rule of HTTP/2, and the connection cannot go on (section 5.4.1). */
export class Http2Error extends Error {
  override readonly name = 'Http2Error';
  /** The code to tell the peer. */
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** The error for a frame that breaks the rules of HTTP/2. */
export function protocolError(reason: string): Http2Error {
  return new Http2Error(errorCodes.protocolError, reason);
}

/** The error for a frame of a wrong size. */
export function frameSizeError(reason: string): Http2Error {
  return new Http2Error(errorCodes.frameSizeError, reason);
}

/** The error for a peer that asks for too much work. */
export function calmDown(reason: string): Http2Error {
  return new Http2Error(errorCodes.enhanceYourCalm, reason);
}

/** Reads 32 bits, without a sign. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
