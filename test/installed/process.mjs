import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a program prints; its error holds everything that it said. */
export async function output(command, args, { cwd, env = {}, timeout = 120_000 }) {
  try {
    const { stdout } = await run(command, args, {
      cwd,
      timeout,
      env: { ...process.env, ...env },
      maxBuffer: 32 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const how = error.killed ? `did not end within ${timeout} ms` : `ended with ${error.code}`;
    throw new Error(`${command} ${args.join(' ')} ${how}\n${error.stdout}${error.stderr}`, {
      cause: error,
    });
  }
}

export function npm(args, options) {
  return output('npm', args, { timeout: 300_000, ...options });
}

/** A check whose program has to say something. */
export function says(words, command, args, options) {
  return async () => {
    const said = await output(command, args, options);
    if (!said.includes(words)) throw new Error(`expected "${words}", got:\n${said}`);
  };
}

/** Runs the checks one after the other, tells of each, and returns whether all went well. */
export async function runChecks(checks, words) {
  const chosen = checks.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  if (chosen.length === 0) throw new Error(`no check is called ${words.join(' or ')}`);
  let failed = 0;
  for (const { name, check } of chosen) {
    const start = performance.now();
    try {
      await check();
      console.log(`ok    ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}\n${error.message.split('\n').slice(0, 30).join('\n')}`);
    }
  }
  console.log(`${chosen.length - failed} of ${chosen.length} checks went well`);
  return failed === 0;
}
