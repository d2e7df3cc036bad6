import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { callback, number } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { messageOf } from '../runtime/errors/message-of.js';
import { type FindOptions, findShape, findTalosconfig } from './find.js';
import { readWhole } from './read-file.js';

/** Which talosconfig to watch, and who is told. */
export interface WatchOptions extends FindOptions {
  /**
   * Milliseconds after which the file is looked at in any case. File systems do not tell everything:
   * the target of a link in another folder, a share. Default: 10000.
   */
  readonly everyMs?: number | undefined;
  /** Is called after the client took a changed file. */
  readonly onReload?: (() => void) | undefined;
  /**
   * Is called when the client could not take a changed file, or it cannot be read. The client goes on
   * with what it has, and the file is looked at again. Default: a warning of the process
   * (`TALOS_CLIENT_RELOAD_FAILED`).
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A file that is being watched, until `close()` or the end of `using`. It keeps no process alive. */
export interface TalosconfigWatch extends Disposable {
  /** The file. */
  readonly path: string;
  close(): void;
}

const watchShape: Shape<WatchOptions> = {
  ...findShape,
  everyMs: number,
  onReload: callback,
  onError: callback,
};

/**
 * Watches a talosconfig, and has `talos` take its endpoints and credentials again when its content
 * changes, also where a link is changed to another file, as Kubernetes does with mounted secrets.
 * Make the client with the options of `liveTalosconfig`. Looks for the file as `findTalosconfig` does.
 *
 * @throws {TalosConfigError} when there is no file, it cannot be read, or an option cannot be used
 */
export async function watchTalosconfig(
  talos: { reload(): Promise<void> },
  options: WatchOptions = {},
): Promise<TalosconfigWatch> {
  if (typeof talos?.reload !== 'function') {
    throw new TalosConfigError('watchTalosconfig: talos: a client is needed', { field: 'talos' });
  }
  checkOptions(options, watchShape, 'watchTalosconfig');
  const { everyMs = 10_000, onReload, onError = warn, ...find } = options;
  if (!(everyMs >= 10 && everyMs <= 0x7fff_ffff)) {
    throw new TalosConfigError(
      'watchTalosconfig: everyMs must be a number of milliseconds from 10',
      {
        field: 'everyMs',
      },
    );
  }
  const path = await findTalosconfig(find);
  const watcher = new FileWatch(path, await digest(path), everyMs, async () => {
    await talos.reload();
    onReload?.();
  });
  watcher.start(onError);
  return watcher;
}

/** Looks at a file when its folder changes, and now and then. */
class FileWatch implements TalosconfigWatch {
  readonly path: string;
  readonly #everyMs: number;
  readonly #changed: () => Promise<void>;
  #known: string;
  #timer: NodeJS.Timeout | undefined;
  #folder: FSWatcher | undefined;
  #looking = false;
  #again = false;
  /** The failure that was told last. */
  #told: string | undefined;
  #closed = false;

  constructor(path: string, known: string, everyMs: number, changed: () => Promise<void>) {
    this.path = path;
    this.#known = known;
    this.#everyMs = everyMs;
    this.#changed = changed;
  }

  start(onError: (error: unknown) => void): void {
    const look = () => void this.#look(onError);
    this.#timer = setInterval(look, this.#everyMs);
    this.#timer.unref();
    try {
      this.#folder = watch(dirname(this.path), { persistent: false }, look);
      this.#folder.on('error', () => this.#folder?.close());
    } catch {
      // There are no more watches to be had, or none here: the timer is enough.
    }
  }

  async #look(onError: (error: unknown) => void): Promise<void> {
    // One change is told several times.
    this.#again = this.#looking;
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    try {
      const found = await digest(this.path);
      if (found !== this.#known && !this.#closed) {
        await this.#changed();
        this.#known = found;
      }
      this.#told = undefined;
    } catch (error) {
      // Once for each reason, not each time that it is looked at.
      const reason = String(error);
      if (!this.#closed && reason !== this.#told) onError(error);
      this.#told = reason;
    } finally {
      this.#looking = false;
    }
    if (this.#again) await this.#look(onError);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#folder?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function digest(path: string): Promise<string> {
  const { bytes } = await readWhole(path);
  return createHash('sha256').update(bytes).digest('base64');
}

function warn(error: unknown): void {
  const text = messageOf(error);
  process.emitWarning(`the talosconfig changed, and cannot be used: ${text}`, {
    type: 'TalosConfigWarning',
    code: 'TALOS_CLIENT_RELOAD_FAILED',
  });
}
