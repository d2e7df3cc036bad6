import protobuf from 'protobufjs';
import { ContractError } from './contract-error.js';

/** One file's statements as far as protobufjs does not report them: where they stand. */
export interface ProtoScan {
  readonly imports: readonly ProtoImport[];
  /** Full name of each element → the line on which it starts. */
  readonly lines: ReadonlyMap<string, number>;
}

export interface ProtoImport {
  readonly path: string;
  readonly isPublic: boolean;
  readonly line: number;
}

interface Token {
  readonly text: string;
  readonly line: number;
  /** A string literal, without its quotes. */
  readonly literal: boolean;
}

interface OpenScope {
  readonly kind: 'message' | 'enum' | 'service' | 'oneof' | 'extend' | 'rpc';
  readonly name: string;
  /** Number → the member that has it. */
  readonly numbers: Map<string, string>;
  /** What stands behind `reserved`, statement by statement. */
  readonly reserved: Token[][];
  /** Of an enum: the first value that shares its number, which only aliases may. */
  alias?: { readonly line: number; readonly reason: string };
  allowsAlias?: boolean;
}

/**
 * Whether options are facts that must be held in full, or matter only as far as they are known:
 * options for other tools can have any form.
 */
export type OptionUse = 'facts' | 'hints';

/**
 * Walks the statements of a .proto file, refuses what a wire contract cannot hold (proto2,
 * editions, groups, extension ranges, as facts also option values in braces) and notes the lines.
 *
 * Throws a `ContractError` that starts with `shown` and the line.
 */
export function scanProto(text: string, shown: string, options: OptionUse = 'facts'): ProtoScan {
  return new Scanner(text, shown, options).run();
}

class Scanner {
  readonly #shown: string;
  readonly #options: OptionUse;
  readonly #tokens: Generator<Token, undefined>;
  readonly #imports: ProtoImport[] = [];
  readonly #lines = new Map<string, number>();
  readonly #open: OpenScope[] = [];
  #package = '';
  #syntax = false;

  constructor(text: string, shown: string, options: OptionUse) {
    this.#shown = shown;
    this.#options = options;
    this.#tokens = tokens(text, shown);
  }

  run(): ProtoScan {
    let statement: Token[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) {
      const mark = token.literal ? '' : token.text;
      if (mark === '{' && this.#options === 'hints' && indexOfEquals(statement) >= 0) {
        this.#skipValue(statement, token);
      } else if (mark === '{') {
        this.#openBlock(statement, token);
        statement = [];
      } else if (mark === '}') {
        this.#closeBlock();
        statement = [];
      } else if (mark === ';') {
        this.#statement(statement);
        statement = [];
      } else {
        statement.push(token);
      }
    }
    if (!this.#syntax) this.#fail(1, 'no syntax = "proto3"; proto2 is not supported');
    return { imports: this.#imports, lines: this.#lines };
  }

  #next(): Token | undefined {
    return this.#tokens.next().value;
  }

  #fail(line: number, reason: string): never {
    throw new ContractError(`${this.#shown}:${line}: ${reason}`);
  }

  /** Moves over an option value in braces. */
  #skipValue(statement: readonly Token[], brace: Token): void {
    if (isGroup(statement)) this.#fail(brace.line, 'groups are not supported');
    for (let depth = 1; depth > 0; ) {
      const token = this.#next();
      if (token === undefined) this.#fail(brace.line, 'a brace is not closed');
      if (!token.literal) depth += token.text === '{' ? 1 : token.text === '}' ? -1 : 0;
    }
  }

  #openBlock(statement: readonly Token[], brace: Token): void {
    const [first, second] = statement;
    const equals = indexOfEquals(statement);
    if (isGroup(statement)) this.#fail(brace.line, 'groups are not supported');
    if (equals >= 0 || first === undefined || second === undefined) {
      this.#fail(brace.line, 'option values in braces are not supported');
    }
    const kind = first.text;
    if (kind === 'message' || kind === 'enum' || kind === 'service' || kind === 'oneof') {
      const name = this.#note(second.text, first.line);
      const outer = this.#open.at(-1);
      if (kind === 'oneof' && outer !== undefined) this.#open.push({ ...outer, kind });
      else this.#open.push({ kind, name, ...noMembers() });
    } else if (kind === 'rpc') {
      this.#open.push({ kind, name: this.#note(second.text, first.line), ...noMembers() });
    } else if (kind === 'extend') {
      const outer = this.#open.at(-1)?.name ?? this.#package;
      this.#open.push({ kind, name: outer, ...noMembers() });
    } else {
      this.#fail(first.line, `unexpected "${kind}"`);
    }
  }

  #closeBlock(): void {
    const scope = this.#open.pop();
    if (scope === undefined) return;
    const { alias } = scope;
    if (alias !== undefined && !scope.allowsAlias) this.#fail(alias.line, alias.reason);
    if (scope.kind === 'oneof') return;
    for (const [number, name] of scope.numbers) {
      const line = this.#lines.get(`${scope.name}.${name}`) ?? 1;
      for (const statement of scope.reserved) {
        if (reservesName(statement, name)) this.#fail(line, `name "${name}" is reserved`);
        if (reservesNumber(statement, Number(number))) {
          this.#fail(line, `number ${number} of "${name}" is reserved`);
        }
      }
    }
  }

  #statement(statement: readonly Token[]): void {
    const [first, second, third] = statement;
    if (first === undefined) return;
    const scope = this.#open.at(-1);
    const isMember =
      scope !== undefined && ['message', 'oneof', 'enum', 'extend'].includes(scope.kind);
    if (scope === undefined && (first.text === 'syntax' || first.text === 'edition')) {
      this.#syntax = first.text === 'syntax' && third?.text === 'proto3';
      if (!this.#syntax) {
        const stated = `${first.text} "${third?.text ?? ''}"`;
        this.#fail(first.line, `${stated} is not supported; the contract is proto3`);
      }
    } else if (scope === undefined && first.text === 'package') {
      this.#package = second?.text ?? '';
    } else if (scope === undefined && first.text === 'import') {
      const path = statement.find((token) => token.literal)?.text ?? '';
      const isPublic = second?.text === 'public' && !second.literal;
      this.#imports.push({ path, isPublic, line: first.line });
    } else if (first.text === 'rpc' && second !== undefined && scope?.kind === 'service') {
      this.#note(second.text, first.line);
    } else if (
      first.text === 'extensions' &&
      scope?.kind === 'message' &&
      indexOfEquals(statement) < 0
    ) {
      this.#fail(first.line, 'extension ranges are not supported; proto3 has none');
    } else if (scope?.kind === 'enum' && first.text === 'option') {
      scope.allowsAlias ||= second?.text === 'allow_alias' && statement.at(-1)?.text === 'true';
    } else if (first.text === 'option' && second?.text === 'message_set_wire_format') {
      this.#fail(first.line, 'message sets are not supported; proto3 has none');
    } else if (isMember && first.text === 'reserved' && indexOfEquals(statement) < 0) {
      scope.reserved.push(statement.slice(1));
    } else if (isMember && first.text !== 'option') {
      this.#member(statement, scope);
    }
  }

  #member(statement: readonly Token[], scope: OpenScope): void {
    const equals = indexOfEquals(statement);
    const name = statement[equals - 1];
    if (equals < 1 || name === undefined) return;
    const line = statement[0]?.line ?? name.line;
    this.#note(name.text, line);
    const standard = statement.find((token, index) => statesDefault(statement, token, index));
    if (standard !== undefined) {
      this.#fail(standard.line, 'default values are not supported; proto3 has none');
    }
    const written = statement[equals + 1]?.text ?? '';
    const number = Number.isInteger(Number(written)) ? String(Number(written)) : written;
    const other = scope.numbers.get(number);
    if (other !== undefined && scope.kind !== 'extend') {
      const reason = `number ${number} of "${name.text}" is already that of "${other}"`;
      if (scope.kind !== 'enum') this.#fail(line, reason);
      scope.alias ??= { line, reason: `${reason}, and aliases are not allowed` };
    }
    scope.numbers.set(number, name.text);
  }

  /** Notes the line of an element of the innermost scope and gives its full name. */
  #note(name: string, line: number): string {
    const outer = this.#open.at(-1)?.name ?? this.#package;
    const full = outer === '' ? name : `${outer}.${name}`;
    const before = this.#lines.get(full);
    if (before !== undefined) this.#fail(line, `${full} is already declared on line ${before}`);
    this.#lines.set(full, line);
    return full;
  }
}

function isGroup(statement: readonly Token[]): boolean {
  return statement[indexOfEquals(statement) - 2]?.text === 'group';
}

function noMembers(): Pick<OpenScope, 'numbers' | 'reserved'> {
  return { numbers: new Map(), reserved: [] };
}

/** Whether the token is the option `default` of a field. */
function statesDefault(statement: readonly Token[], token: Token, index: number): boolean {
  const before = statement[index - 1]?.text;
  const opens = before === '[' || before === ',';
  return opens && token.text === 'default' && statement[index + 1]?.text === '=';
}

function reservesName(statement: readonly Token[], name: string): boolean {
  return statement.some((token) => token.literal && token.text === name);
}

/** Whether a number is among those of `1, 5 to 7, 9 to max`. */
function reservesNumber(statement: readonly Token[], number: number): boolean {
  return statement.some(({ text }, index) => {
    if (statement[index - 1]?.text === 'to') return false;
    const end = statement[index + 1]?.text === 'to' ? statement[index + 2]?.text : text;
    return number >= Number(text) && (end === 'max' || number <= Number(end));
  });
}

function indexOfEquals(statement: readonly Token[]): number {
  return statement.findIndex((token) => token.text === '=' && !token.literal);
}

function* tokens(text: string, shown: string): Generator<Token, undefined> {
  const source = protobuf.tokenize(text, false);
  try {
    for (let text = source.next(); text !== null; text = source.next()) {
      const line = source.line;
      if (text === '"' || text === "'") {
        yield { text: source.next() ?? '', line, literal: true };
        source.next();
      } else {
        yield { text, line, literal: false };
      }
    }
  } catch (cause) {
    const [, reason = String(cause), line = '1'] =
      /^Error: (.*) \(line (\d+)\)$/.exec(String(cause)) ?? [];
    throw new ContractError(`${shown}:${line}: ${reason}`, { cause });
  }
  return undefined;
}
