/** How a command follows from the one before: always, if that went well, if it did not. */
export type Joint = ';' | '&&' | '||';

/** Part of a word: text, or the name of a variable whose value goes there. */
type Piece = { readonly text: string } | { readonly variable: string };

/** A word of a command as it is written. */
type Word = readonly Piece[];

/** One command of a line. */
export interface Command {
  readonly joint: Joint;
  readonly words: readonly Word[];
}

/** The commands of a line, with quotes taken off. Variables get their values by `expand`. */
export function readCommands(line: string): readonly Command[] {
  const commands: Command[] = [];
  let joint: Joint = ';';
  let words: Word[] = [];
  let word: Piece[] | undefined;
  const add = (...pieces: readonly Piece[]) => {
    word = [...(word ?? []), ...pieces];
  };
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (next: Joint) => {
    endWord();
    if (words.length > 0) commands.push({ joint, words });
    words = [];
    joint = next;
  };
  const pieces = line.matchAll(
    /\s+|&&|\|\||;|#.*|'([^']*)'|"((?:\\.|[^"\\])*)"|\$(\w+|\?)|\\(.)|[^\s;&|'"$\\#]+|./gs,
  );
  for (const [piece, single, double, variable, escaped] of pieces) {
    if (piece === '&&' || piece === '||' || piece === ';') endCommand(piece);
    else if (/^\s/.test(piece)) endWord();
    else if (piece.startsWith('#') && word === undefined) break;
    else if (double !== undefined) add({ text: '' }, ...quoted(double));
    else if (variable !== undefined) add({ variable });
    else add({ text: single ?? escaped ?? piece });
  }
  endCommand(';');
  return commands;
}

/** What is between double quotes: variables and some characters behind a backslash count there. */
function quoted(text: string): readonly Piece[] {
  return [...text.matchAll(/\\(["\\$])|\$(\w+|\?)|[^\\$]+|./gs)].map(
    ([piece, escaped, variable]) =>
      variable === undefined ? { text: escaped ?? piece } : { variable },
  );
}

/** The words with the values of variables. One that is nothing but empty variables is none. */
export function expand(words: readonly Word[], value: (name: string) => string): string[] {
  return words.flatMap((word) => {
    const text = word
      .map((piece) => ('text' in piece ? piece.text : value(piece.variable)))
      .join('');
    return text === '' && !word.some((piece) => 'text' in piece) ? [] : [text];
  });
}
