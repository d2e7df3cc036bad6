// What `npm start` runs: the story of a cluster, simulated or real.
// Run: npx tsx examples/main-job/main.ts [--talosconfig FILE [--context NAME] [--nodes A,B]]
import { type Arguments, readArguments, usage } from './arguments.js';
import { UsageError } from './command-line.js';
import { errorText, StoryError } from './error-text.js';
import { lookAtCluster } from './existing.js';
import { Screen } from './screen.js';
import { simulatedStory } from './simulated.js';

/** Longer than the story ever takes; a story that hangs ends with an error. */
const LIMIT_MS = 5 * 60_000;

async function main(args: Arguments): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => stop.abort(new StoryError('interrupted')));
  }
  const limit = setTimeout(() => {
    stop.abort(new StoryError(`gave up after ${LIMIT_MS / 60_000} minutes`));
  }, LIMIT_MS);
  const screen = new Screen((line) => console.log(line));
  try {
    if (args.kind === 'simulated') await simulatedStory(screen, stop.signal);
    else if (args.kind === 'existing') await lookAtCluster(screen, args, stop.signal);
    else console.log(usage.trimEnd());
  } catch (error) {
    // What else failed was ended by that.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(limit);
  }
}

// Whoever reads has gone, such as `head`: there is nobody to tell anything.
process.stdout.once('error', () => process.exit(1));

let code = 0;
try {
  await main(readArguments(process.argv.slice(2)));
} catch (error) {
  console.error(`\nerror: ${errorText(error)}`);
  if (error instanceof UsageError) console.error(`\n${usage.trimEnd()}`);
  code = 1;
}
// All is closed by now. Left to end by itself, Node 20 spins forever in its own cleanup in one of
// some ten runs that were interrupted while nodes were dropping their connections.
process.exit(code);
