/** Columns that a comment line may fill, its indentation included. */
const width = 100;

/** One paragraph or list item. */
interface Block {
  readonly text: string;
  readonly item: boolean;
  readonly blankBefore: boolean;
}

/**
 * Brings a comment to its one canonical form: paragraphs and list items on one line each,
 * paragraphs apart by a blank line, items starting with `- ` or a number.
 *
 * Line ends of every kind become plain ones; control characters and invisible direction marks go,
 * since text that reads otherwise than it is has no place in a comment.
 */
export function cleanComment(text: string): string {
  const blocks: Block[] = [];
  let blank = false;
  for (const rawLine of text.split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)) {
    const line = cleanLine(rawLine);
    const last = blocks.at(-1);
    if (line === '') {
      blank = true;
    } else if (last === undefined || blank || isItem(line)) {
      const blankBefore = last !== undefined && blank;
      blocks.push({ text: line, item: isItem(line), blankBefore });
      blank = false;
    } else {
      blocks[blocks.length - 1] = { ...last, text: `${last.text} ${line}` };
    }
  }
  return protectStart(
    blocks.map((block) => `${block.blankBefore ? '\n' : ''}${block.text}`).join('\n'),
  );
}

/** Prints a canonical comment as `//` lines at `indent`, wrapped at 100 columns. */
export function commentLines(text: string, indent: string): string[] {
  if (text === '') return [];
  return text.split('\n').flatMap((block) => {
    if (block === '') return [`${indent}//`];
    const hanging = isItem(block) ? '  ' : '';
    const room = width - indent.length - '// '.length;
    return wrap(block, room, hanging).map((line) => `${indent}// ${line}`);
  });
}

function cleanLine(line: string): string {
  return line
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2060-\u206f\ufeff\u200b]/g, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .replace(/^[*•](?= |$)/, '-');
}

function isItem(line: string): boolean {
  return /^(?:-|\d+[.)]) /.test(line);
}

/** protobufjs takes a slash or star at the very start of a comment for part of its delimiter. */
function protectStart(text: string): string {
  if (!/^[/*]/.test(text)) return text;
  const [word = ''] = /^\S+/.exec(text) ?? [];
  const rest = text.slice(word.length);
  if (word.includes('`')) return cleanComment(word.replace(/^[/*]+/, '') + rest);
  const [, quoted = word, punctuation = ''] = /^(.+?)([.,;:]*)$/.exec(word) ?? [];
  return `\`${quoted}\`${punctuation}${rest}`;
}

function wrap(block: string, room: number, hanging: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of unbreakable(block)) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= room) line += ` ${word}`;
    else {
      lines.push(line);
      line = hanging + word;
    }
  }
  lines.push(line);
  return lines;
}

/** Words, where a list marker stays with its item, and what only looks like one never starts a line. */
function unbreakable(block: string): string[] {
  const words: string[] = [];
  for (const word of block.split(' ')) {
    const marksItem = words.length === 1 && /^(?:-|\d+[.)])$/.test(words[0] ?? '');
    const looksLikeMarker = words.length > 0 && /^(?:[-*•]|\d+[.)])$/.test(word);
    if (marksItem || looksLikeMarker) words.push(`${words.pop()} ${word}`);
    else words.push(word);
  }
  return words;
}
