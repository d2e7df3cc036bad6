import { classSource, literal, readClass, readEscape, readGroupEscape } from './char-class.js';
import { PatternReader } from './pattern-reader.js';
import { RegexpSyntaxError } from './regexp-error.js';

/** What may be switched within an expression. Greediness changes nothing here. */
interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/** A part of an expression. */
interface Part {
  readonly source: string;
  /** How often the innermost part may be repeated. */
  readonly repeats: number;
}

const MAX_REPEATS = 1000;

const none: Flags = { ignoreCase: false, multiLine: false, dotAll: false };

/** `^` and `$`, and `\A` and `\z`, which know no lines. */
const assertions = {
  textStart: '(?:(?<![\\s\\S]))',
  textEnd: '(?:(?![\\s\\S]))',
  lineStart: '(?:(?<![^\\n]))',
  lineEnd: '(?:(?![^\\n]))',
  boundary: '(?:\\b)',
  noBoundary: '(?:\\B)',
};

/**
 * The JavaScript expression that tests as an RE2 expression does: whether it matches somewhere.
 * What RE2 has in another form is translated, and what it does not have, such as lookaround and
 * backreferences, is refused.
 *
 * @throws {RegexpSyntaxError} when RE2 would not compile the expression.
 */
export function compileRe2(pattern: string): RegExp {
  const translator = new Translator(pattern);
  return new RegExp(translator.translate(), 'u');
}

class Translator {
  readonly #reader: PatternReader;
  readonly #names = new Set<string>();
  #flags: Flags = none;

  constructor(pattern: string) {
    this.#reader = new PatternReader(pattern);
  }

  translate(): string {
    const { source } = this.#alternatives();
    if (!this.#reader.done) throw new RegexpSyntaxError('unexpected )', this.#reader.pattern);
    return source;
  }

  #alternatives(): Part {
    const branches: string[] = [];
    let repeats = 1;
    do {
      const branch = this.#sequence();
      branches.push(branch.source);
      repeats = Math.max(repeats, branch.repeats);
    } while (this.#reader.skip('|'));
    return { source: branches.join('|'), repeats };
  }

  #sequence(): Part {
    const reader = this.#reader;
    let source = '';
    let repeats = 1;
    while (!reader.done && reader.peek() !== '|' && reader.peek() !== ')') {
      const atom = this.#atom();
      const part = atom === undefined ? undefined : this.#repeated(atom);
      source += part?.source ?? '';
      repeats = Math.max(repeats, part?.repeats ?? 1);
    }
    return { source, repeats };
  }

  /** One part without its repetition; nothing where only flags are switched. */
  #atom(): Part | undefined {
    const reader = this.#reader;
    const start = reader.pos;
    switch (reader.peek()) {
      case '(':
        return this.#group();
      case '[':
        return single(readClass(reader, this.#flags.ignoreCase));
      case '.':
        reader.take();
        return single(this.#flags.dotAll ? '[\\s\\S]' : '[^\\n]');
      case '^':
        reader.take();
        return single(this.#flags.multiLine ? assertions.lineStart : assertions.textStart);
      case '$':
        reader.take();
        return single(this.#flags.multiLine ? assertions.lineEnd : assertions.textEnd);
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new RegexpSyntaxError('missing argument to repetition operator', reader.take());
      case '{': {
        const count = readCount(reader);
        if (count !== undefined) {
          throw new RegexpSyntaxError(
            'missing argument to repetition operator',
            reader.since(start),
          );
        }
        return this.#literal(reader.take());
      }
      default:
        return this.#literal(reader.take());
    }
  }

  #literal(character: string): Part {
    const source = literal(character.codePointAt(0) as number);
    return single(this.#flags.ignoreCase ? classSource(source, { fold: true }) : source);
  }

  #escape(): Part | undefined {
    const reader = this.#reader;
    if (reader.skip('\\A')) return single(assertions.textStart);
    if (reader.skip('\\z')) return single(assertions.textEnd);
    if (reader.skip('\\b')) return single(assertions.boundary);
    if (reader.skip('\\B')) return single(assertions.noBoundary);
    if (reader.skip('\\Q')) return this.#quoted();
    const group = readGroupEscape(reader);
    if (group !== undefined) {
      return single(classSource(group, { fold: this.#flags.ignoreCase }));
    }
    return this.#literal(String.fromCodePoint(readEscape(reader)));
  }

  /** What stands between `\Q` and `\E` stands for itself; a repetition takes its last character. */
  #quoted(): Part | undefined {
    const reader = this.#reader;
    const [text = ''] = reader.match(/(?:(?!\\E)[\s\S])*/uy) ?? [];
    reader.skip('\\E');
    const parts = [...text].map((character) => this.#literal(character));
    const last = parts.pop();
    if (last === undefined) return undefined;
    const { source, repeats } = this.#repeated(last);
    return { source: parts.map((part) => part.source).join('') + source, repeats };
  }

  #group(): Part | undefined {
    const reader = this.#reader;
    const start = reader.pos;
    const before = this.#flags;
    reader.take();
    if (reader.peek() === '?' && this.#groupOptions(start) === 'flags') return undefined;
    const { source, repeats } = this.#alternatives();
    if (!reader.skip(')')) throw new RegexpSyntaxError('missing closing )', reader.pattern);
    this.#flags = before;
    return { source: `(?:${source})`, repeats };
  }

  /** Reads what comes after `(?`: a name, or flags for the group or for what follows it. */
  #groupOptions(start: number): 'group' | 'flags' {
    const reader = this.#reader;
    const name = reader.match(/\?P?<([^=!>][^>]*)>/y);
    if (name !== undefined) {
      const [, text = ''] = name;
      if (!/^\w+$/.test(text) || this.#names.has(text)) {
        throw new RegexpSyntaxError('invalid named capture', reader.since(start));
      }
      this.#names.add(text);
      return 'group';
    }
    const flags = reader.match(/\?([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (flags === undefined) {
      throw new RegexpSyntaxError(
        'invalid or unsupported Perl syntax',
        reader.rest(start).slice(0, 3),
      );
    }
    const [, on = '', off = '', end] = flags;
    this.#flags = switched(switched(this.#flags, on, true), off, false);
    return end === ':' ? 'group' : 'flags';
  }

  #repeated(atom: Part): Part {
    const reader = this.#reader;
    const start = reader.pos;
    const count = readRepetition(reader);
    if (count === undefined) return atom;
    reader.skip('?');
    const afterwards = reader.pos;
    if (readRepetition(reader) !== undefined) {
      throw new RegexpSyntaxError('invalid nested repetition operator', reader.since(start));
    }
    reader.pos = afterwards;
    const repeats = atom.repeats * count.times;
    if (count.times > MAX_REPEATS || repeats > MAX_REPEATS || count.reversed) {
      throw new RegexpSyntaxError('invalid repeat count', reader.since(start));
    }
    return { source: atom.source + count.source, repeats };
  }
}

/** A repetition: how it is written, and how often it repeats where it is counted. */
interface Repetition {
  readonly source: string;
  readonly times: number;
  readonly reversed: boolean;
}

function readRepetition(reader: PatternReader): Repetition | undefined {
  const operator = reader.match(/[*+?]/y)?.[0];
  if (operator !== undefined) return { source: operator, times: 1, reversed: false };
  return readCount(reader);
}

/** Reads `{2}`, `{2,}` or `{2,5}`; other braces stand for themselves. */
function readCount(reader: PatternReader): Repetition | undefined {
  const found = reader.match(/\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y);
  if (found === undefined) return undefined;
  const [source, least, , most = least] = found;
  const times = Math.max(Number(least), Number(most), 1);
  return { source, times, reversed: Number(most) < Number(least) };
}

function single(source: string): Part {
  return { source, repeats: 1 };
}

function switched(flags: Flags, letters: string, on: boolean): Flags {
  return {
    ignoreCase: letters.includes('i') ? on : flags.ignoreCase,
    multiLine: letters.includes('m') ? on : flags.multiLine,
    dotAll: letters.includes('s') ? on : flags.dotAll,
  };
}
