/** How a command follows from the one before: always, if that went well, if it did not. */
export type Joint = ';' | '&&' | '||';

/** One command of a line. */
export interface Command {
  readonly joint: Joint;
  readonly words: readonly string[];
}

/** The commands of a line, with quotes taken off and variables put in. */
export function readLine(line: string, variable: (name: string) => string): readonly Command[] {
  const commands: Command[] = [];
  let joint: Joint = ';';
  let words: string[] = [];
  let word: string | undefined;
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
  for (const [piece, single, double, name, escaped] of pieces) {
    if (piece === '&&' || piece === '||' || piece === ';') endCommand(piece);
    else if (/^\s/.test(piece)) endWord();
    else if (piece.startsWith('#') && word === undefined) break;
    else if (single !== undefined) word = (word ?? '') + single;
    else if (double !== undefined) word = (word ?? '') + unquoted(double, variable);
    else if (name !== undefined) word = joined(word, variable(name));
    else word = (word ?? '') + (escaped ?? piece);
  }
  endCommand(';');
  return commands;
}

/** A variable that is empty is no word by itself. */
function joined(word: string | undefined, value: string): string | undefined {
  return value === '' ? word : (word ?? '') + value;
}

function unquoted(text: string, variable: (name: string) => string): string {
  return text.replace(/\\(["\\$])|\$(\w+|\?)/g, (_, escaped?: string, name?: string) =>
    name === undefined ? (escaped ?? '') : variable(name),
  );
}
