import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts the Go program; it ends when its input does, so also when this process is gone. */
export function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/** What the program writes, one JSON value a line. Throws when it fails, with what it said. */
export async function* outputOf<T>(child: ChildProcessWithoutNullStreams): AsyncGenerator<T> {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    yield JSON.parse(line) as T;
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the Go program ended with ${code}: ${complaint}`);
}
