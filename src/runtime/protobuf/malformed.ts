import { TalosProtocolError } from '../errors/protocol-error.js';

/** The error for bytes that are no valid encoding of the message they should hold. */
export function malformed(offset: number, problem: string): TalosProtocolError {
  return new TalosProtocolError(`malformed message at byte ${offset}: ${problem}`);
}
