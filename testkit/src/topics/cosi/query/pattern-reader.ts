/** Walks through the code points of an expression. */
export class PatternReader {
  readonly pattern: string;
  /** Where the next code point begins. */
  pos = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  get done(): boolean {
    return this.pos >= this.pattern.length;
  }

  /** The next code point as text; empty at the end. */
  peek(): string {
    const code = this.pattern.codePointAt(this.pos);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  /** Takes the next code point; empty at the end. */
  take(): string {
    const next = this.peek();
    this.pos += next.length;
    return next;
  }

  /** Takes `text` if it comes next. */
  skip(text: string): boolean {
    if (!this.pattern.startsWith(text, this.pos)) return false;
    this.pos += text.length;
    return true;
  }

  /** Takes what a sticky expression matches here. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.pos;
    const found = expression.exec(this.pattern) ?? undefined;
    if (found !== undefined) this.pos += found[0].length;
    return found;
  }

  /** What was read since `start`. */
  since(start: number): string {
    return this.pattern.slice(start, this.pos);
  }

  /** Everything from `start` to the end of the expression. */
  rest(start = this.pos): string {
    return this.pattern.slice(start);
  }
}
