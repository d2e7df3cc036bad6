import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { printYaml } from '../../talosconfig/yaml-file.js';
import { KubeconfigDocument } from './document.js';
import { type Merged, type MergeSettings, mergeInto } from './merge.js';

/** How to merge a kubeconfig into a file. */
export interface TextSettings extends MergeSettings {
  readonly setCurrent: boolean;
}

/** What merging a kubeconfig into a file gives. */
export interface MergedText extends Pick<Merged, 'renames' | 'overwrites'> {
  /** The new text of the file; absent when it stays as it is. */
  readonly text: string | undefined;
  /** The context of the kubeconfig as the file has it: its current one, or the only one. */
  readonly context: string | undefined;
}

/** A kubeconfig that is to be merged into files. */
export class KubeconfigSource {
  readonly text: string;
  readonly #document: KubeconfigDocument;
  /** The context that becomes the current one: its own, or else the only one. */
  readonly #chosen: string | undefined;

  /** @throws {TalosConfigError} when it is not a kubeconfig */
  constructor(text: string) {
    this.text = text;
    this.#document = new KubeconfigDocument(text, undefined);
    const names = this.#contexts;
    this.#chosen = this.#document.current ?? (names.length === 1 ? names[0] : undefined);
  }

  get #contexts(): readonly string[] {
    return this.#document.entries('contexts').map(({ name }) => name);
  }

  /**
   * Merges it into a text.
   *
   * @param old the text of the file; absent when there is none
   * @param path the file, for errors
   * @throws {TalosConfigError} when the file is no kubeconfig, or `contextName` is meant for one of
   * several contexts
   */
  mergedInto(old: string | undefined, path: string, settings: TextSettings): MergedText {
    const { contextName, setCurrent } = settings;
    const count = this.#contexts.length;
    if (contextName !== undefined && count !== 1) {
      throw new TalosConfigError(
        `contextName: the text has ${count} contexts, and has to have one to be named`,
        { field: 'contextName' },
      );
    }
    if (old === undefined && contextName === undefined && setCurrent) {
      return { text: this.text, context: this.#chosen, renames: [], overwrites: [] };
    }
    const merged = new KubeconfigDocument(old ?? '', path);
    const { changed, contexts, ...did } = mergeInto(merged, this.#document, settings);
    const context = this.#chosen === undefined ? undefined : contexts.get(this.#chosen);
    const isNew = setCurrent && context !== undefined && merged.current !== context;
    if (isNew) merged.current = context;
    const stays = old !== undefined && !changed && !isNew;
    return {
      text: stays ? undefined : printYaml(merged.document, merged.file.layout),
      context,
      ...did,
    };
  }
}
