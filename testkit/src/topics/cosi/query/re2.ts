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

/** Where an expression may be tied to, each as a group of its own so that it can be repeated. */
const assertions = {
  textStart: '(?:^)',
  textEnd: '(?:$)',
  lineStart: '(?:^|(?<=\\n))',
  lineEnd: '(?:$|(?=\\n))',
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
    const parts: Part[] = [];
    while (!reader.done && reader.peek() !== '|' && reader.peek() !== ')') {
      // Flags that are switched on the way do not come between a part and its repetition.
      const atom = this.#atom() ?? parts.pop();
      if (atom !== undefined) parts.push(this.#repeated(atom));
    }
    return {
      source: parts.map(({ source }) => source).join(''),
      repeats: Math.max(1, ...parts.map(({ repeats }) => repeats)),
    };
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
      case '{':
        if (readRepetition(reader) === undefined) return this.#literal(reader.take());
        throw new RegexpSyntaxError('missing argument to repetition operator', reader.since(start));
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
    const fold = this.#flags.ignoreCase;
    const group = readGroupEscape(reader, fold);
    if (group !== undefined) return single(classSource(group, { fold }));
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
    if (/^\?P?</.test(reader.rest())) {
      const name = reader.match(/\?P?<([^>]*)>/y);
      const text = name?.[1] ?? '';
      if (!/^\w+$/.test(text)) {
        throw new RegexpSyntaxError(
          'invalid named capture',
          name === undefined ? reader.rest(start) : reader.since(start),
        );
      }
      return 'group';
    }
    const flags = reader.match(/\?([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (flags === undefined) {
      reader.match(/\?[imsU]*(?:-[imsU]*)?[\s\S]?/uy);
      throw new RegexpSyntaxError('invalid or unsupported Perl syntax', reader.since(start));
    }
    const [, on = '', off = '', end] = flags;
    this.#flags = switched(switched(this.#flags, on, true), off, false);
    return end === ':' ? 'group' : 'flags';
  }

  #repeated(atom: Part): Part {
    const reader = this.#reader;
    const start = reader.pos;
    const repetition = readRepetition(reader);
    if (repetition === undefined) return atom;
    if (readRepetition(reader) !== undefined) {
      throw new RegexpSyntaxError('invalid nested repetition operator', reader.since(start));
    }
    const repeats = atom.repeats * repetition.times;
    if (repeats > MAX_REPEATS) {
      throw new RegexpSyntaxError('invalid repeat count', reader.since(start));
    }
    return { source: `(?:${atom.source})${repetition.source}`, repeats };
  }
}

/** A repetition: how it is written, and how often it repeats where it is counted. */
interface Repetition {
  readonly source: string;
  readonly times: number;
}

/**
 * Reads `*`, `+`, `?`, `{2}`, `{2,}` or `{2,5}`, lazy or not, which makes no difference here. Other
 * braces stand for themselves.
 */
function readRepetition(reader: PatternReader): Repetition | undefined {
  const found = reader.match(/(?:([*+?])|\{(0|[1-9]\d*)(?:,(0|[1-9]\d*)?)?\})\??/y);
  if (found === undefined) return undefined;
  const [text, operator, least, most = least] = found;
  if (operator !== undefined) return { source: operator, times: 1 };
  const times = Math.max(Number(least), Number(most), 1);
  if (times > MAX_REPEATS || Number(most) < Number(least)) {
    throw new RegexpSyntaxError('invalid repeat count', text);
  }
  return { source: text.replace(/\?$/, ''), times };
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
