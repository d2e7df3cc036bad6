// Holds a million mutated conversations in HTTP/2 (or as many as the first argument says) with sessions of
// the carrier, beginning with the seed that the second argument says, on all cores. Nothing may throw, every
// call ends once, nothing is kept, and memory stays what it was. Exits with 1 and the seed where that is
// not so.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hold, isMixed, seedOf } from './hold.js';

/** Conversations between two looks at the memory. */
const ROUNDS = 50_000;
/** How much more may live in the heap than after the first look. Bytes. */
const MOST_GROWTH = 16 * 1024 * 1024;

const [count = 1_000_000, seed = 1, part = -1] = process.argv.slice(2).map(Number);
for (const [name, value] of Object.entries({ count, seed })) {
  if (Number.isInteger(value) && value > 0) continue;
  console.error(
    `${name}: expected a whole number from 1 on; usage: npm run test:frames -- [count] [seed]`,
  );
  process.exit(2);
}
if (part < 0) await holdOnAllCores();
else await holdPart();

async function holdOnAllCores(): Promise<void> {
  const cores = availableParallelism();
  const share = Math.ceil(count / cores);
  console.log(`${share * cores} conversations on ${cores} cores, from seed ${seed}`);
  const startedAt = performance.now();
  const ended = Array.from({ length: cores }, async (_, index) => {
    const given = [share, seed + index, index].map(String);
    const options = { execArgv: [...process.execArgv, '--expose-gc'] };
    const [code] = (await once(fork(fileURLToPath(import.meta.url), given, options), 'exit')) as [
      number | null,
    ];
    return code === 0;
  });
  const isWell = (await Promise.all(ended)).every(Boolean);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`${isWell ? 'all is well' : 'NOT all is well'} after ${seconds} s`);
  process.exitCode = isWell ? 0 : 1;
}

async function holdPart(): Promise<void> {
  const held = { ends: 0, broken: 0 };
  let first: number | undefined;
  for (let round = 0; round < count; ) {
    for (const until = Math.min(count, round + ROUNDS); round < until; round += 1) {
      await hold(seedOf(seed, round), held);
    }
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    first ??= heapUsed;
    const mib = (heapUsed / 1024 / 1024).toFixed(1);
    console.log(
      `part ${part}: ${round} held, ${held.broken} broken off, ${held.ends} calls answered, ${mib} MiB`,
    );
    if (heapUsed > first + MOST_GROWTH) throw new Error(`${mib} MiB are kept`);
  }
  if (!isMixed(held, count)) throw new Error('the conversations were all good, or all bad');
}
