import { isTalosError } from 'talos-client';
import { UsageError } from './command-line.js';

/** An error as the person in front of the screen needs it: a stack only for what nobody foresaw. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  const foreseen =
    isTalosError(error) || error instanceof UsageError || error instanceof StoryError;
  return foreseen ? message : (error.stack ?? message);
}

/** Something that did not go as the story goes. */
export class StoryError extends Error {
  override readonly name = 'StoryError';
}
