import type { ErrorCode } from 'yaml';

/**
 * What the YAML parser complains about, in words that quote nothing of the file. Its own messages
 * show the lines around the fault, which may hold a key.
 */
const reasons: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'is not valid YAML: an alias has no name',
  BAD_DQ_ESCAPE: 'is not valid YAML: unknown escape in a text in double quotes',
  BAD_INDENT: 'is not valid YAML: the indentation does not fit the lines before',
  BAD_SCALAR_START: 'is not valid YAML: a text starts with a reserved character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'is not valid YAML: a second "key: value" begins inside a value',
  BLOCK_IN_FLOW: 'is not valid YAML: indented lines inside brackets',
  DUPLICATE_KEY: 'the same key stands twice in one map',
  KEY_OVER_1024_CHARS: 'is not valid YAML: a key is longer than 1024 characters',
  MISSING_CHAR: 'is not valid YAML: a ":", a quote, a bracket, a comma or a space is missing',
  MULTILINE_IMPLICIT_KEY: 'is not valid YAML: a key goes over several lines, or a ":" is missing',
  MULTIPLE_DOCS: 'holds more than one YAML document; a talosconfig is one document',
  RESOURCE_EXHAUSTION: 'is nested too deeply for a talosconfig',
  TAB_AS_INDENT: 'is not valid YAML: a tab where spaces should indent the line',
  UNEXPECTED_TOKEN: 'is not valid YAML: something stands where it cannot',
};

/** What to say about a fault that the YAML parser found. */
export function yamlProblem(code: ErrorCode): string {
  return reasons[code] ?? 'is not valid YAML';
}
