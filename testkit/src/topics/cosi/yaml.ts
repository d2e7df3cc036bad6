import { Document, Scalar, visit } from 'yaml';

/**
 * YAML of a spec, with the quotes that Go puts: four spaces, single quotes, and double quotes for
 * texts that would be read as something else. Long lines are left alone.
 */
export function yamlText(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (node.type !== undefined || typeof node.value !== 'string') return;
      if (isAmbiguous(node.value)) node.type = Scalar.QUOTE_DOUBLE;
      else if (isPunctuated(node.value)) node.type = Scalar.QUOTE_SINGLE;
    },
  });
  return document.toString({ indent: 4, lineWidth: 0, singleQuote: true });
}

/** A value for YAML that stands without quotes whatever it looks like, as times do that are no texts. */
export function unquoted(text: string): unknown {
  const node = new Scalar(text);
  node.type = Scalar.PLAIN;
  return node;
}

/** Texts that are something else without quotes, and get double ones. */
const ambiguous: readonly RegExp[] = [
  /^$/,
  /^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE)$/,
  // Numbers, also those of base 2, 8 and 16, and with underscores.
  /^[-+]?(\d[\d_]*)?\.?\d[\d_]*(\.[\d_]*)?([eE][-+]?\d+)?$/,
  /^[-+]?0(b[01_]+|o?[0-7_]+|x[\da-fA-F_]+)$/,
  /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/,
  // Times.
  /^\d{4}-\d\d?-\d\d?(([Tt]|\s+)\d\d?:\d\d:\d\d(\.\d+)?\s*(Z|[-+]\d\d?(:?\d\d)?)?)?$/,
  // Control characters, which are escaped.
  /[^\n\P{Cc}]/u,
];

function isAmbiguous(text: string): boolean {
  return ambiguous.some((pattern) => pattern.test(text));
}

/** Texts that get single quotes where the library takes none, or others. */
const punctuated: readonly RegExp[] = [
  // What older versions of YAML take for more than text: truth values, numbers of base 60, merges.
  /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/,
  /^<<$/,
  // What cannot stand without quotes and holds a single one.
  /^['"\s?:,[\]{}#&*!|>%@`-][^\n]*'|^'|^[^\n]*'[^\n]*(: | #|[:\s]$)|^[^\n]*(: | #)[^\n]*'/,
];

function isPunctuated(text: string): boolean {
  return punctuated.some((pattern) => pattern.test(text));
}
