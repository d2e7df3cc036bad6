import { ContractError } from './contract-error.js';

/** Parses a JSON document for reading. Throws `ContractError` if it is not JSON. */
export function parseJson(text: string, document: string): JsonValue {
  try {
    return new JsonValue(JSON.parse(text), document);
  } catch (cause) {
    throw new ContractError(`${document}: not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** One value of a JSON document that knows its path, so that every complaint can name it. */
export class JsonValue {
  readonly #value: unknown;
  readonly #document: string;
  readonly #path: string;

  constructor(value: unknown, document: string, path = '$') {
    this.#value = value;
    this.#document = document;
    this.#path = path;
  }

  /** Document and path, as errors print them. */
  get where(): string {
    return `${this.#document}: ${this.#path}`;
  }

  fail(reason: string): never {
    throw new ContractError(`${this.where}: ${reason}`);
  }

  /** Reads an object and refuses every member that is not among `known`. */
  object<K extends string>(known: readonly K[]): { get(key: K): JsonValue; has(key: K): boolean } {
    const members = this.#record();
    for (const key of Object.keys(members)) {
      if (!(known as readonly string[]).includes(key)) {
        this.#child(`.${key}`, undefined).fail(`unknown member; known here: ${known.join(', ')}`);
      }
    }
    return {
      get: (key) => this.#child(`.${key}`, Object.hasOwn(members, key) ? members[key] : undefined),
      has: (key) => Object.hasOwn(members, key),
    };
  }

  entries(): (readonly [string, JsonValue])[] {
    return Object.entries(this.#record()).map(
      ([key, value]) => [key, this.#child(`[${JSON.stringify(key)}]`, value)] as const,
    );
  }

  list<T>(read: (item: JsonValue, index: number) => T): T[] {
    if (!Array.isArray(this.#value)) return this.fail(`expected a list, got ${this.#kind()}`);
    return this.#value.map((item, index) => read(this.#child(`[${index}]`, item), index));
  }

  string(): string {
    if (typeof this.#value !== 'string') this.fail(`expected a string, got ${this.#kind()}`);
    return this.#value as string;
  }

  integer(): number {
    if (!Number.isSafeInteger(this.#value)) this.fail(`expected an integer, got ${this.#kind()}`);
    return this.#value as number;
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') this.fail(`expected true or false, got ${this.#kind()}`);
    return this.#value as boolean;
  }

  scalar(): string | number | boolean {
    const value = this.#value;
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return value;
    return this.fail(`expected a string, a number or true or false, got ${this.#kind()}`);
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.#value);
    return found ?? this.fail(`expected ${choices.join(' or ')}, got ${this.#kind()}`);
  }

  #child(step: string, value: unknown): JsonValue {
    return new JsonValue(value, this.#document, `${this.#path}${step}`);
  }

  #record(): Record<string, unknown> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fail(`expected an object, got ${this.#kind()}`);
    }
    return value as Record<string, unknown>;
  }

  #kind(): string {
    const value = this.#value;
    if (value === undefined) return 'nothing';
    if (value === null) return 'null';
    if (Array.isArray(value)) return 'a list';
    return typeof value === 'object' ? 'an object' : JSON.stringify(value);
  }
}
