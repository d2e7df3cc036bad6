/** How often to look whether the package manager is still there, in milliseconds. */
const LOOK_MS = 250;

/**
 * Resolves when the program is to end: at SIGINT or SIGTERM, and when the package manager that
 * started it is gone. `npx` starts a shell that starts the program, and passes SIGTERM on to the shell
 * alone: the program would go on without either.
 */
export function untilStopped(): Promise<void> {
  return new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    // Whoever starts it otherwise may leave it running, as a script with `&` does.
    if (process.env.npm_config_user_agent === undefined) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
    timer.unref();
  });
}
