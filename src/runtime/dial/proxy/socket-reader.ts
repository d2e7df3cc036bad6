import type { Socket } from 'node:net';

/** Reads exact numbers of bytes from a socket and leaves the rest in it. */
export interface SocketReader {
  /** Waits for `length` bytes. Rejects when the connection ends or breaks before. */
  read(length: number): Promise<Buffer>;
  /** Takes the listeners off the socket. */
  release(): void;
}

/** Starts reading from `socket`, which nobody else may read meanwhile. */
export function socketReader(socket: Socket): SocketReader {
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const onReadable = (): void => wake?.();
  const fail = (error: Error): void => {
    failure ??= error;
    wake?.();
  };
  const onEnd = (): void => fail(new Error('it closed the connection'));
  socket.on('readable', onReadable);
  socket.on('error', fail);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  return {
    async read(length) {
      for (;;) {
        const bytes: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
        // At its end a stream hands out what is left, however little.
        if (bytes !== null && bytes.length === length) return bytes;
        if (bytes !== null) onEnd();
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    release() {
      socket.removeListener('readable', onReadable);
      socket.removeListener('error', fail);
      socket.removeListener('end', onEnd);
      socket.removeListener('close', onEnd);
    },
  };
}
