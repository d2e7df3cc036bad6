/** What a selector may ask about: the values by their names in its language. */
export type Facts = Readonly<Record<string, unknown>>;

/** The selector is not in the part of the language that is understood here. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const TOKEN =
  /\s*(?:(\d+)u?|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_]\w*)|(==|!=|<=|>=|&&|\|\||[!<>()[\],.*+-]))/y;

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign';
  readonly text: string;
}

/** Names that stand for values whatever is asked about: the units of sizes. */
const constants: Facts = {
  true: true,
  false: false,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * Whether a selector of disks or volumes fits some facts: `disk.transport == "nvme" &&
 * !system_disk`. The language is that part of CEL which such selectors are made of: comparisons,
 * logic, sums and products, `in`, `glob(pattern, text)` and the tests of texts.
 *
 * @throws {SelectorError} when it cannot be read, or asks what is not known.
 */
export function matchesSelector(selector: string, facts: Facts): boolean {
  const reader = new SelectorReader(tokensOf(selector), { ...constants, ...facts });
  const value = reader.whole();
  if (typeof value !== 'boolean') throw new SelectorError('the selector says neither yes nor no');
  return value;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null)
      throw new SelectorError(`syntax error at ${JSON.stringify(text.slice(at))}`);
    const [, number, double, single, name, sign] = found;
    const quoted = double ?? single;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: unescaped(quoted) });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** Reads and evaluates at once; what is not needed is evaluated too, as nothing here has effects. */
class SelectorReader {
  readonly #tokens: readonly Token[];
  readonly #facts: Facts;
  #at = 0;

  constructor(tokens: readonly Token[], facts: Facts) {
    this.#tokens = tokens;
    this.#facts = facts;
  }

  whole(): unknown {
    const value = this.#or();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new SelectorError(`unexpected ${JSON.stringify(rest.text)}`);
    return value;
  }

  #or(): unknown {
    let value = this.#and();
    while (this.#take('||')) {
      const right = this.#and();
      value = truth(value) || truth(right);
    }
    return value;
  }

  #and(): unknown {
    let value = this.#comparison();
    while (this.#take('&&')) {
      const right = this.#comparison();
      value = truth(value) && truth(right);
    }
    return value;
  }

  #comparison(): unknown {
    const left = this.#sum();
    if (this.#take('==')) return left === this.#sum();
    if (this.#take('!=')) return left !== this.#sum();
    if (this.#take('<=')) return number(left) <= number(this.#sum());
    if (this.#take('>=')) return number(left) >= number(this.#sum());
    if (this.#take('<')) return number(left) < number(this.#sum());
    if (this.#take('>')) return number(left) > number(this.#sum());
    if (this.#take('in', 'name')) return list(this.#sum()).includes(left);
    return left;
  }

  #sum(): unknown {
    let value = this.#product();
    for (;;) {
      if (this.#take('+')) value = number(value) + number(this.#product());
      else if (this.#take('-')) value = number(value) - number(this.#product());
      else return value;
    }
  }

  #product(): unknown {
    let value = this.#unary();
    while (this.#take('*')) value = number(value) * number(this.#unary());
    return value;
  }

  #unary(): unknown {
    if (this.#take('!')) return !truth(this.#unary());
    let value = this.#primary();
    while (this.#take('.')) value = this.#member(value);
    return value;
  }

  #primary(): unknown {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new SelectorError('the selector ends too early');
    this.#at += 1;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'text') return token.text;
    if (token.kind === 'name') return this.#named(token.text);
    if (token.text === '(') {
      const value = this.#or();
      this.#need(')');
      return value;
    }
    if (token.text === '[') return this.#items(']');
    throw new SelectorError(`unexpected ${JSON.stringify(token.text)}`);
  }

  #named(name: string): unknown {
    if (name === 'glob' && this.#take('(')) {
      const [pattern, text] = this.#items(')');
      return globbed(String(pattern)).test(String(text));
    }
    if (!Object.hasOwn(this.#facts, name))
      throw new SelectorError(`undeclared reference to ${name}`);
    return this.#facts[name];
  }

  #member(owner: unknown): unknown {
    const name = this.#tokens[this.#at]?.text ?? '';
    this.#at += 1;
    if (this.#take('(')) {
      const [part] = this.#items(')');
      if (typeof owner !== 'string') throw new SelectorError(`${name}() is for texts`);
      if (name === 'startsWith') return owner.startsWith(String(part));
      if (name === 'endsWith') return owner.endsWith(String(part));
      if (name === 'contains') return owner.includes(String(part));
      throw new SelectorError(`undeclared reference to ${name}()`);
    }
    if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, name)) {
      throw new SelectorError(`undefined field ${JSON.stringify(name)}`);
    }
    return (owner as Facts)[name];
  }

  /** Values between commas, up to a bracket. */
  #items(end: string): unknown[] {
    const values: unknown[] = [];
    if (this.#take(end)) return values;
    do values.push(this.#or());
    while (this.#take(','));
    this.#need(end);
    return values;
  }

  #take(text: string, kind: Token['kind'] = 'sign'): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #need(text: string): void {
    if (!this.#take(text)) throw new SelectorError(`${JSON.stringify(text)} is missing`);
  }
}

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new SelectorError('only yes and no can be joined');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new SelectorError('only numbers have an order');
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new SelectorError('"in" needs a list');
  return value;
}

function globbed(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
