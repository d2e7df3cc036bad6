import type { MachineConfigProblem } from '../../runtime/errors/machine-config-error.js';

/** A mapping of a file of secrets, read key by key. What is wrong is noted, never with a value. */
export class Section {
  readonly #values: ReadonlyMap<unknown, unknown>;
  readonly #path: string;
  readonly #problems: MachineConfigProblem[];
  readonly #asked = new Map<string, Section | undefined>();

  /** `path` is where the mapping stands, empty for the file itself. */
  constructor(value: unknown, path: string, problems: MachineConfigProblem[]) {
    this.#path = path;
    this.#problems = problems;
    this.#values = value instanceof Map ? value : new Map();
    const isAbsent = value === undefined || value === null;
    if (!isAbsent && !(value instanceof Map)) this.#note(path, 'must be a mapping');
  }

  /** Whether it is there and says something. */
  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  /** The mapping under a key; an empty one when there is none. */
  section(key: string): Section {
    const section = new Section(this.#values.get(key), this.#pathOf(key), this.#problems);
    this.#asked.set(key, section);
    return section;
  }

  /** The text under a key. */
  text(key: string): string | undefined {
    this.#asked.set(key, undefined);
    const value = this.#values.get(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    this.#note(this.#pathOf(key), 'must be a text');
    return undefined;
  }

  /** The text that stands under a key in base64. */
  decoded(key: string): string | undefined {
    const base64 = this.text(key);
    try {
      return base64 && atob(base64);
    } catch {
      this.#note(this.#pathOf(key), 'must be base64 of PEM text');
      return undefined;
    }
  }

  /** Notes the keys that nobody asked for, here and in the mappings below. */
  noteUnknownKeys(): void {
    for (const key of this.#values.keys()) {
      if (typeof key === 'string' && this.#asked.has(key)) continue;
      const known = [...this.#asked.keys()].join(', ');
      this.#note(this.#path, `has a key that is none of ${known}`);
    }
    for (const section of this.#asked.values()) section?.noteUnknownKeys();
  }

  #pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #note(path: string, message: string): void {
    this.#problems.push({ path: path === '' ? undefined : path, message });
  }
}
