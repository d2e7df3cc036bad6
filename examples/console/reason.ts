import { TalosRpcError } from 'talos-client';

/** What an error says, short enough for a card. */
export function reasonOf(error: unknown): string {
  // What a stream is told as that a node ended in order.
  if (error === undefined) return 'the node ended the stream';
  if (error instanceof TalosRpcError) return `${error.status}: ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}
