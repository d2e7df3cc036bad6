import { width } from './docs.js';

/** Brackets, each closing one at the place of its opening one. */
const openers = '([{<';
const closers = ')]}>';

/**
 * Breaks the lines of generated code that are too long, as the formatter would. It knows the forms
 * that the templates print: one statement, signature, type or condition on a line.
 */
export function breakLines(text: string): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line.length <= width) lines.push(line);
    else lines.push(...breakLine(line));
  }
  return lines.join('\n');
}

function breakLine(line: string): string[] {
  if (line.length <= width || /^\s*(\/\/|\/?\*)/.test(line)) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const inner = `${indent}  `;
  const condition = /^ *if \((.*)\) \{$/.exec(line)?.[1];
  if (condition !== undefined) {
    const terms = splitAt(condition, ' && ');
    const last = terms.length - 1;
    return [
      `${indent}if (`,
      ...terms.map((term, index) => `${inner}${term}${index === last ? '' : ' &&'}`),
      `${indent}) {`,
    ];
  }
  const loop = /^ *for \((.*)\) \{$/.exec(line)?.[1];
  if (loop !== undefined) {
    const parts = splitAt(loop, '; ');
    const last = parts.length - 1;
    return [
      `${indent}for (`,
      ...parts.map((part, index) => `${inner}${part}${index === last ? '' : ';'}`),
      `${indent}) {`,
    ];
  }
  return (
    breakUnion(line, inner) ??
    breakIntersection(line, indent, inner) ??
    breakChoice(line, inner) ??
    breakGroup(line, indent, inner) ?? [line]
  );
}

/** `name: A | B;` and `export type Name = A | B;`, each alternative on a line. */
function breakUnion(line: string, inner: string): string[] | undefined {
  const [, head = '', union = '', end = ''] =
    /^((?: *(?:readonly )?\w+\??:)|(?:export type \w+ =)) (.*?)([;,])$/.exec(line) ?? [];
  const items = splitAt(union, ' | ');
  if (items.length < 2) return undefined;
  const last = items.length - 1;
  return [
    head,
    ...items.flatMap((item, index) => breakLine(`${inner}| ${item}${index === last ? end : ''}`)),
  ];
}

/** `name: A & { b: B },`, with the members of the object one on a line. */
function breakIntersection(line: string, indent: string, inner: string): string[] | undefined {
  const [, head = '', members, tail = ''] =
    /^( *(?:readonly )?\w+\??: .* & \{) (.*) (\}[);,[\]]*)$/.exec(line) ?? [];
  if (members === undefined) return undefined;
  return [
    head,
    ...splitAt(members, '; ').flatMap((member) => breakLine(`${inner}${member};`)),
    indent + tail,
  ];
}

/** `condition ? one : other,`, each value on a line. */
function breakChoice(line: string, inner: string): string[] | undefined {
  const [condition = '', values = ''] = splitAt(line, ' ? ');
  const [one = '', other] = splitAt(values, ' : ');
  if (other === undefined) return undefined;
  return [condition, `${inner}? ${one}`, `${inner}: ${other}`];
}

/** Puts what stands in the first brackets one on a line. */
function breakGroup(line: string, indent: string, inner: string): string[] | undefined {
  const open = firstGroup(line);
  if (open === undefined) return undefined;
  const close = closingOf(line, open);
  const opener = line[open] as string;
  const content = line.slice(open + 1, close).trim();
  const members = opener === '{' ? splitAt(content, '; ') : [];
  const items = members.length > 1 ? members : splitAt(content, ', ');
  const last = items.at(-1) ?? '';
  const head = line.slice(0, open + 1);
  const tail = line.slice(close);
  if (opener === '(' && items.length > 1 && last.startsWith('[')) {
    // The formatter keeps the other arguments beside a list that comes last.
    const hugged = `${head}${items.slice(0, -1).join(', ')}, [`;
    if (hugged.length <= width) {
      const values = splitAt(last.slice(1, -1), ', ');
      return [hugged, ...values.map((value) => `${inner}${value},`), `${indent}]${tail}`];
    }
  }
  const separator = members.length > 1 ? ';' : ',';
  return [
    head,
    ...items.flatMap((item, index) => {
      const isLast = index === items.length - 1;
      return breakLine(`${inner}${item}${isLast && opener === '<' ? '' : separator}`);
    }),
    indent + tail,
  ];
}

/** Where the first brackets open that are worth breaking: not empty. */
function firstGroup(line: string): number | undefined {
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] as string;
    if (char === "'") index = closingQuote(line, index);
    else if (opens(line, index) && line[index + 1] !== closers[openers.indexOf(char)]) {
      return index;
    }
  }
  return undefined;
}

/** Whether a bracket opens there; `<` with a space before it compares. */
function opens(line: string, index: number): boolean {
  const char = line[index] as string;
  return openers.includes(char) && (char !== '<' || line[index - 1] !== ' ');
}

/** Whether a bracket closes there; `>` of an arrow, or with a space before it, does not. */
function closes(line: string, index: number): boolean {
  const char = line[index] as string;
  return closers.includes(char) && (char !== '>' || !' ='.includes(line[index - 1] ?? ''));
}

function closingOf(line: string, open: number): number {
  let depth = 0;
  for (let index = open; index < line.length; index += 1) {
    if (line[index] === "'") index = closingQuote(line, index);
    else if (opens(line, index)) depth += 1;
    else if (closes(line, index)) {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return line.length;
}

function closingQuote(line: string, open: number): number {
  let index = open + 1;
  while (index < line.length && line[index] !== "'") index += line[index] === '\\' ? 2 : 1;
  return index;
}

/** Splits at a separator that is in no brackets and no string. */
function splitAt(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] as string;
    if (char === "'") index = closingQuote(text, index);
    else if (opens(text, index)) index = closingOf(text, index);
    else if (text.startsWith(separator, index)) {
      parts.push(text.slice(start, index));
      start = index + separator.length;
      index = start - 1;
    }
  }
  return [...parts, text.slice(start)];
}
