import { TalosProtocolError } from '../errors/protocol-error.js';

/** The error for bytes that are not a valid encoding of the expected message. */
export function malformed(offset: number, problem: string): TalosProtocolError {
  return new TalosProtocolError(`malformed message at byte ${offset}: ${problem}`);
}
