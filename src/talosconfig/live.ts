import type { Credentials } from '../runtime/credentials/credentials.js';
import type { TalosconfigClientOptions } from './client-options.js';
import { type LoadOptions, loadTalosconfig } from './read.js';

/** What a talosconfig gives, with endpoints and credentials that are read anew each time. */
export interface LiveTalosconfigOptions
  extends Omit<TalosconfigClientOptions, 'endpoints' | 'credentials'> {
  endpoints(): Promise<readonly string[]>;
  credentials(): Promise<Credentials>;
}

/**
 * As `loadTalosconfig`, for programs that run for long: endpoints and credentials are functions that
 * read the file again. The client asks them before its first call, and again when its `reload()` is
 * called; `watchTalosconfig` does that when the file changes. Nodes, cluster and proxy are those that
 * the file has now.
 *
 * @example
 * ```ts
 * await using talos = createTalosClient(await liveTalosconfig());
 * using _ = await watchTalosconfig(talos);
 * ```
 * @throws {TalosConfigError} as `loadTalosconfig`
 */
export async function liveTalosconfig(options: LoadOptions = {}): Promise<LiveTalosconfigOptions> {
  const { endpoints: _, credentials: __, ...fixed } = await loadTalosconfig(options);
  let reading: Promise<TalosconfigClientOptions> | undefined;
  // The client asks for both at once; they must not be of two versions of the file.
  const read = (): Promise<TalosconfigClientOptions> => {
    reading ??= loadTalosconfig(options).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  return {
    ...fixed,
    endpoints: async () => (await read()).endpoints,
    credentials: async () => (await read()).credentials,
  };
}
