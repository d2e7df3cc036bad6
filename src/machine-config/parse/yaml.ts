import { Composer, type ErrorCode, LineCounter, type Node, Parser } from 'yaml';
import { MachineConfigError, type MachineConfigProblem } from '../error.js';
import { type Places, placeAt, placesOf } from './problems.js';
import { survey } from './survey.js';

/** The longest text that is read unless told otherwise, in bytes. */
export const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

/** A document of a text, before anything is known of its kind. */
export interface YamlDocument {
  /** `null` where there is nothing but comments. */
  readonly contents: Node | null;
  /** The text from its `---` to the next, byte for byte. */
  readonly source: string;
  readonly places: Places;
  /** The node that an alias stands for. */
  readonly target: (alias: Node) => Node | undefined;
}

/** What the YAML parser complains about; its own messages quote the text, which may hold a key. */
const reasons: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias is wrong',
  BAD_DQ_ESCAPE: 'unknown escape in a text in double quotes',
  BAD_INDENT: 'the indentation does not fit the lines before',
  BAD_SCALAR_START: 'a text starts with a reserved character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" begins inside a value',
  BLOCK_IN_FLOW: 'indented lines inside brackets',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a ":", a quote, a bracket, a comma or a space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or a ":" is missing',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAB_AS_INDENT: 'a tab where spaces should indent the line',
  UNEXPECTED_TOKEN: 'something stands where it cannot',
};

/**
 * Reads a text into its YAML documents. Scalars stay text: what they mean depends on the field.
 *
 * @throws {MachineConfigError} when it is no YAML, too long, too deep, or aliases make more of it
 * than is in proportion.
 */
export function readYaml(
  text: string,
  { maxBytes = DEFAULT_MAX_BYTES }: { readonly maxBytes?: number | undefined } = {},
): YamlDocument[] {
  refuseUnreadable(text, maxBytes);
  const lines = new LineCounter();
  const starts: number[] = [];
  // Duplicate keys are looked for by the survey, which does not compare each key with all others.
  const composer = new Composer({
    schema: 'failsafe',
    customTags: [],
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const documents = [...composer.compose(noting(new Parser(lines.addNewLine).parse(text), starts))];
  const stray = composer.streamInfo().errors;
  const problems: MachineConfigProblem[] = [...documents.flatMap(({ errors }) => errors), ...stray]
    .slice(0, 100)
    .map(({ code, pos }) => ({
      message: `is not valid YAML: ${reasons[code] ?? 'something is wrong'}`,
      ...placeAt(lines, pos[0]),
    }));
  const places = placesOf(lines);
  if (problems.length > 0) throw new MachineConfigError(problems);
  const found = documents.map(({ contents }, index): YamlDocument => {
    const { targets, problems: more } = survey(contents, places);
    problems.push(...more);
    return {
      contents,
      source: text.slice(index === 0 ? 0 : starts[index], starts[index + 1]),
      places,
      target: (alias) => targets.get(alias),
    };
  });
  if (problems.length > 0) throw new MachineConfigError(problems);
  return found;
}

function refuseUnreadable(text: string, maxBytes: number): void {
  if (typeof text !== 'string') {
    throw new MachineConfigError([{ message: `must be a text, not ${typeof text}` }]);
  }
  // A character takes three bytes at most for each unit of the text's length.
  if (text.length * 3 > maxBytes && byteLength(text) > maxBytes) {
    throw new MachineConfigError([
      { message: `is longer than ${maxBytes} bytes; the option maxBytes allows more` },
    ]);
  }
  const control = controlAt(text);
  if (control !== -1) {
    const before = text.slice(0, control).split('\n');
    throw new MachineConfigError([
      {
        message:
          'is not valid YAML: a control character, which only an escape in quotes may stand for',
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
      },
    ]);
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Where a character stands that YAML does not allow; -1 where none does. */
function controlAt(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/);
}

/** Passes tokens on, and notes where each document begins: at its directives, else its marker. */
function* noting<T extends { type: string; offset: number }>(
  tokens: Iterable<T>,
  starts: number[],
): Iterable<T> {
  let directives: number | undefined;
  for (const token of tokens) {
    if (token.type === 'directive') directives ??= token.offset;
    else if (token.type === 'document') {
      starts.push(directives ?? token.offset);
      directives = undefined;
    }
    yield token;
  }
}
