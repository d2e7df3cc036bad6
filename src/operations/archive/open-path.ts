import { OpenFolder } from './open-folder.js';

interface Step {
  readonly name: string;
  readonly folder: OpenFolder;
}

/**
 * The folders from a root down to where the last entry was put. Archives list what is in a folder one
 * after the other, so the next entry mostly needs the same folders.
 */
export class OpenPath {
  readonly #root: OpenFolder;
  readonly #steps: Step[] = [];

  private constructor(root: OpenFolder) {
    this.#root = root;
  }

  static async at(path: string): Promise<OpenPath> {
    return new OpenPath(await OpenFolder.at(path));
  }

  /**
   * The folder below the root that `names` lead to; those that are missing are made.
   *
   * @throws {NoFolderError} when something else is on the way
   */
  async folder(names: readonly string[]): Promise<OpenFolder> {
    const differs = this.#steps.findIndex(({ name }, index) => name !== names[index]);
    await this.#closeFrom(differs === -1 ? names.length : differs);
    for (const name of names.slice(this.#steps.length)) {
      const folder = await (this.#steps.at(-1)?.folder ?? this.#root).folder(name);
      this.#steps.push({ name, folder });
    }
    return this.#steps.at(-1)?.folder ?? this.#root;
  }

  async close(): Promise<void> {
    await this.#closeFrom(0);
    await this.#root.close();
  }

  async #closeFrom(index: number): Promise<void> {
    for (const { folder } of this.#steps.splice(index).reverse()) await folder.close();
  }
}
