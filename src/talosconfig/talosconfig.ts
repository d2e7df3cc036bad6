import { type Document, isMap, Pair, YAMLMap } from 'yaml';
import { checkOptions } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { quoted } from '../runtime/errors/quoted.js';
import {
  type ContextChanges,
  type ContextSettings,
  settingsShape,
  type TalosconfigContext,
} from './context.js';
import { type ContextRename, mergeContexts } from './merge.js';
import { configError, contextField } from './place.js';
import { checkText } from './setting-values.js';
import { type Content, readContent, writeContext } from './yaml-contexts.js';
import { parseYaml, printYaml } from './yaml-file.js';
import {
  isEmptyFlow,
  mapAt,
  pairAt,
  putText,
  remove,
  renamed,
  sameValues,
  textScalar,
  valueAt,
} from './yaml-values.js';

/** Key of the method that says whether a file may be replaced. */
export const isMadeFrom: unique symbol = Symbol('talos-client.isMadeFrom');

/**
 * A talosconfig: contexts, each for one cluster, and which of them is the current one.
 *
 * It never changes. Methods that begin with `with` return a changed copy that keeps everything else:
 * comments, order, and keys that this library does not know. In the copy, plain values replace
 * anchors and aliases, so that a change to one context never reaches another. `saveTalosconfig`
 * writes it to a file.
 */
export class Talosconfig {
  /** The file it was read from, where `saveTalosconfig` puts it unless told otherwise. */
  readonly path: string | undefined;
  /** The name of the context used unless another is chosen. It may name one that is not there. */
  readonly currentContext: string | undefined;
  /** The contexts, in the order of the file. */
  readonly contexts: readonly TalosconfigContext[];
  readonly #text: string;
  /** What it was made from by a change. */
  readonly #before: Talosconfig | undefined;

  /** @internal */
  constructor(text: string, content: Content, path: string | undefined, before?: Talosconfig) {
    this.path = path;
    this.currentContext = content.current || undefined;
    this.contexts = Object.freeze(content.contexts);
    this.#text = text;
    this.#before = before;
  }

  /** The names of the contexts, in the order of the file. */
  get contextNames(): readonly string[] {
    return this.contexts.map(({ name }) => name);
  }

  /**
   * The context called `name`; without a name, the current one.
   *
   * @throws {TalosConfigError} when there is no such context, or no current one.
   */
  context(name: string | undefined = this.currentContext): TalosconfigContext {
    const { path } = this;
    if (this.contexts.length === 0) {
      throw configError('there are no contexts; add one with withContext, or read another file', {
        path,
        field: 'contexts',
      });
    }
    if (name === undefined) {
      throw configError(`no context is set as the current one; choose ${this.#choice()}`, {
        path,
        field: 'context',
      });
    }
    const context = this.contexts.find((one) => one.name === name);
    if (context !== undefined) return context;
    throw configError(`there is no context ${quoted(name)}; there is ${this.#choice()}`, {
      path,
      field: name === this.currentContext ? 'context' : 'contexts',
    });
  }

  /**
   * Adds a context. It does not become the current one; see `withCurrentContext`.
   *
   * @example
   * ```ts
   * const copy = config.withContext('prod-copy', config.context('prod').settings());
   * ```
   *
   * @throws {TalosConfigError} when the name is taken, or a setting cannot be written.
   */
  withContext(name: string, settings: ContextSettings): Talosconfig {
    checkOptions(settings, settingsShape, 'withContext', '{ endpoints, ca, crt, key }');
    const field = contextField(this.#free(name));
    if (!Array.isArray(settings.endpoints)) {
      throw configError('must be an array of texts', { field: `${field}.endpoints` });
    }
    return this.#edit((_, contexts) => writeContext(mapAt(contexts, name), settings, field));
  }

  /**
   * Changes settings of a context. Those not named stay as they are.
   *
   * @example
   * ```ts
   * config.withUpdatedContext('prod', { endpoints: ['10.0.0.2', '10.0.0.3'], proxy: null });
   * ```
   * @throws {TalosConfigError} when there is no such context, or a setting cannot be written.
   */
  withUpdatedContext(name: string, changes: ContextChanges): Talosconfig {
    checkOptions(changes, settingsShape, 'withUpdatedContext', '{ endpoints }');
    this.context(name);
    return this.#edit((_, contexts) =>
      writeContext(mapAt(contexts, name), changes, contextField(name)),
    );
  }

  /**
   * Removes a context. If it was the current one, there is no current one afterwards.
   *
   * @throws {TalosConfigError} when there is no such context.
   */
  withoutContext(name: string): Talosconfig {
    this.context(name);
    return this.#edit((root, contexts) => {
      remove(contexts, name);
      if (this.currentContext === name) putText(root, 'context', '');
    });
  }

  /**
   * Gives a context another name. If it is the current one, it stays so.
   *
   * @throws {TalosConfigError} when there is no such context, or the new name is taken.
   */
  withRenamedContext(name: string, newName: string): Talosconfig {
    this.context(name);
    if (name === newName) return this;
    this.#free(newName);
    return this.#edit((root, contexts) => {
      const pair = pairAt(contexts, name);
      if (pair !== undefined) pair.key = renamed(pair.key, newName);
      if (this.currentContext === name) putText(root, 'context', newName);
    });
  }

  /**
   * Makes a context the current one.
   *
   * @throws {TalosConfigError} when there is no such context.
   */
  withCurrentContext(name: string): Talosconfig {
    this.context(name);
    return this.#edit((root) => putText(root, 'context', name));
  }

  /**
   * Adds all contexts of another talosconfig, as `talosctl config merge` does, in their order. One
   * whose name is taken gets the first free name of `name-1`, `name-2` and so on, even when it is
   * the same context. The current context of the other becomes the current one.
   *
   * @example
   * ```ts
   * const { config, renames } = mine.mergedWith(theirs);
   * for (const { from, to } of renames) console.log(`${from} is now ${to}`);
   * ```
   */
  mergedWith(other: Talosconfig): {
    readonly config: Talosconfig;
    readonly renames: readonly ContextRename[];
  } {
    const { contents } = parseYaml(other.#text, other.path).document;
    const incoming = isMap(contents) ? valueAt(contents, 'contexts') : undefined;
    const renames: ContextRename[] = [];
    const config = this.#edit((root, contexts) => {
      const names = mergeContexts(contexts, isMap(incoming) ? incoming : new YAMLMap());
      for (const [from, to] of names) if (from !== to) renames.push({ from, to });
      const current = names.get(other.currentContext ?? '');
      if (current !== undefined) putText(root, 'context', current);
    });
    return { config, renames };
  }

  /** The text of the file, with its keys and passwords. */
  toYaml(): string {
    return this.#text;
  }

  /**
   * Whether this talosconfig was made from one with this text, so that writing it over that text
   * loses nothing.
   *
   * @internal
   */
  [isMadeFrom](text: string): boolean {
    return this.#text === text || this.#before?.[isMadeFrom](text) === true;
  }

  /** Applies `change` to the map of the whole file and that of its contexts. */
  #edit(change: (root: YAMLMap, contexts: YAMLMap) => void): Talosconfig {
    const { document, layout } = parseYaml(this.#text, this.path);
    const root = isMap(document.contents) ? document.contents : new YAMLMap();
    document.contents = root;
    if (isEmptyFlow(root)) root.flow = false;
    if (valueAt(root, 'context') === undefined) {
      root.items.unshift(new Pair(textScalar('context'), textScalar('')));
    }
    const contexts = mapAt(root, 'contexts');
    change(root, contexts);
    const text = printYaml(document, layout);
    // Without lines, since those of a changed text are not those of the file.
    const content = readContent(this.#reread(text, root), { path: this.path });
    return new Talosconfig(text, content, this.path, this);
  }

  /** Reads the printed text, and refuses it if a value changed that was not to change. */
  #reread(text: string, root: YAMLMap): Document {
    try {
      const { document } = parseYaml(text, undefined);
      if (sameValues(root, document.contents)) return document;
    } catch (cause) {
      if (!(cause instanceof TalosConfigError)) throw cause;
    }
    throw configError('is written so oddly that a change would alter other values too', {
      path: this.path,
    });
  }

  #free(name: string): string {
    checkText(name, 'name');
    if (this.contexts.every((context) => context.name !== name)) return name;
    throw configError(`there is a context ${quoted(name)} already; choose another name`, {
      path: this.path,
      field: contextField(name),
    });
  }

  #choice(): string {
    const names = this.contextNames.slice(0, 10).map(quoted).join(', ');
    const more = this.contexts.length - 10;
    return more > 0 ? `${names} or one of ${more} more` : names;
  }
}
