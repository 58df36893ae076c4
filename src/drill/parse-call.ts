/** Socket calls: `name(arguments) = result ERRNO (note)`, and the values that may stand in them. */
import {
  type ArrayValue,
  CALL_NAMES,
  type CallAction,
  type CallValue,
  FUNCTION_NAMES,
  type NumberValue,
  type StructureMember,
  type StructureValue,
  type WordValue,
} from './ast.ts';
import type { Lexer, Token } from './lexer.ts';

/** Words of the language's parts that are left out; met anywhere in a call they are an error that names them. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['MSG_ZEROCOPY', 'MSG_ERRQUEUE', 'SO_TIMESTAMPING', 'SCM_TIMESTAMPING', 'IP_RECVERR', 'IPV6_RECVERR'],
]);
/** Arguments that may be NULL without anything being written through it: addresses, and the event of EPOLL_CTL_DEL. */
const NULL_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  accept: [1, 2],
  accept4: [1, 2],
  recvfrom: [4, 5],
  sendto: [4, 5],
  epoll_ctl: [3],
};
const A_VALUE = 'a value: a number, a WORD, a "string", ..., [array] or {structure}';
const ERRNO = /^E[A-Z0-9]+$/;

export function parseCall(lexer: Lexer): CallAction {
  const name = lexer.next();
  const place = lexer.placeOf(name.offset);
  if (!CALL_NAMES.includes(name.text))
    lexer.unsupported(name.text, name.offset, `calls that are: ${CALL_NAMES.join(', ')}`);
  lexer.expectMark('(', `'(' and the arguments of ${name.text}`);
  const args = parseList(lexer, ')');
  for (const [index, argument] of args.entries()) checkNull(lexer, name.text, index, argument);
  lexer.expectMark('=', `'=' and what ${name.text} must return`);
  const result = parseResult(lexer);
  const errno = parseErrno(lexer, result);
  return { kind: 'call', place, name: name.text, arguments: args, result, errno, note: parseNote(lexer) };
}

function checkNull(lexer: Lexer, call: string, index: number, value: CallValue): void {
  if (value.kind !== 'word' || value.name !== 'NULL' || NULL_ARGUMENTS[call]?.includes(index)) return;
  lexer.unsupported(
    'NULL',
    lexer.offsetOf(value.place),
    'a pointer to nothing is left out; take the call out of the script',
  );
}

function parseResult(lexer: Lexer): CallValue {
  const { offset } = lexer.peek();
  return lexer.takeMark('?') ? { kind: 'ellipsis', place: lexer.placeOf(offset) } : parseValue(lexer);
}

function parseErrno(lexer: Lexer, result: CallValue): string | undefined {
  const token = lexer.peek();
  if (token.type !== 'word') return undefined;
  if (!ERRNO.test(token.text)) lexer.unexpected('the name of an error such as EAGAIN, or the next event');
  if (result.kind !== 'number' || result.value >= 0)
    lexer.fail(
      { problem: `${token.text} after a result that is not -1`, advice: `write = -1 ${token.text}` },
      token.offset,
    );
  return lexer.next().text;
}

/** `(…)`, parentheses within it in pairs: text for people. */
function parseNote(lexer: Lexer): string | undefined {
  if (!lexer.isMark('(')) return undefined;
  const { offset } = lexer.peek();
  let depth = 0;
  for (let at = offset; at < lexer.text.length; at++) {
    if (lexer.text[at] === '(') depth++;
    if (lexer.text[at] !== ')' || --depth > 0) continue;
    lexer.continueAt(at + 1);
    return lexer.text.slice(offset + 1, at).trim();
  }
  return lexer.fail({ problem: 'a note after a result never ends', expected: "')'" }, offset);
}

/** Values with commas between them up to `close`, which is taken. */
function parseList(lexer: Lexer, close: string): CallValue[] {
  const values: CallValue[] = [];
  if (lexer.takeMark(close)) return values;
  for (;;) {
    values.push(parseValue(lexer));
    if (lexer.takeMark(close)) return values;
    lexer.expectMark(',', `',' or '${close}'`);
    if (lexer.takeMark(close)) return values;
  }
}

function parseValue(lexer: Lexer): CallValue {
  const token = lexer.peek();
  if (token.type === 'word') return parseFromWord(lexer, lexer.next());
  if (token.type === 'integer' || lexer.isMark('-')) return parseOr(lexer, parseNumber(lexer));
  const place = lexer.placeOf(token.offset);
  if (token.type === 'string') return parseString(lexer);
  // `&sin6_addr` of inet_pton(3): a place for a result, which is where it stands.
  if (lexer.takeMark('&')) return parseFromWord(lexer, lexer.next());
  if (lexer.takeMark('...')) return { kind: 'ellipsis', place };
  if (lexer.isMark('[')) return parseArray(lexer);
  if (lexer.isMark('{')) return parseStructure(lexer);
  return lexer.unexpected(A_VALUE);
}

/** Strings beside each other are one. */
function parseString(lexer: Lexer): CallValue {
  const place = lexer.placeOf(lexer.peek().offset);
  const parts: string[] = [];
  while (lexer.peek().type === 'string') parts.push(lexer.next().text);
  return { kind: 'string', place, bytes: parts.join('') };
}

/** What begins with a word that is already taken: a constant, constants joined by `|`, or `htons(…)`. */
function parseFromWord(lexer: Lexer, word: Token): CallValue {
  const { text, offset } = word;
  if (!lexer.isMark('(')) return parseOr(lexer, wordValue(lexer, word));
  const args = lexer.nested(offset, () => {
    lexer.next();
    return parseList(lexer, ')');
  });
  return functionValue(lexer, text, offset, args);
}

function functionValue(lexer: Lexer, name: string, offset: number, args: readonly CallValue[]): CallValue {
  if (!FUNCTION_NAMES.includes(name))
    lexer.unsupported(name, offset, `functions that are: ${FUNCTION_NAMES.join(', ')}`);
  return { kind: 'function', place: lexer.placeOf(offset), name, arguments: args };
}

function parseOr(lexer: Lexer, first: NumberValue | WordValue): CallValue {
  const operands = [first];
  while (lexer.takeMark('|')) {
    const isWord = lexer.peek().type === 'word';
    operands.push(isWord ? wordValue(lexer, lexer.next()) : parseNumber(lexer));
  }
  return operands.length === 1 ? first : { kind: 'or', place: first.place, operands };
}

function wordValue(lexer: Lexer, { text, offset }: Token): WordValue {
  if (LEFT_OUT.has(text))
    lexer.unsupported(text, offset, 'this part of the language is left out; take the call out of the script');
  return { kind: 'word', place: lexer.placeOf(offset), name: text };
}

function parseNumber(lexer: Lexer): NumberValue {
  const { offset } = lexer.peek();
  const isNegative = lexer.takeMark('-');
  const token = lexer.peek();
  if (token.type !== 'integer') lexer.unexpected('a whole number or a WORD');
  const { value } = lexer.next();
  return { kind: 'number', place: lexer.placeOf(offset), value: isNegative && value !== 0 ? -value : value };
}

function parseArray(lexer: Lexer): ArrayValue {
  const { offset } = lexer.next();
  return { kind: 'array', place: lexer.placeOf(offset), items: lexer.nested(offset, () => parseList(lexer, ']')) };
}

function parseStructure(lexer: Lexer): StructureValue {
  const { offset } = lexer.next();
  const members: StructureMember[] = [];
  const place = lexer.placeOf(offset);
  if (lexer.takeMark('}')) return { kind: 'structure', place, members };
  for (;;) {
    members.push(lexer.nested(offset, () => parseMember(lexer)));
    if (lexer.takeMark('}')) return { kind: 'structure', place, members };
    lexer.expectMark(',', "',' or '}'");
    if (lexer.takeMark('}')) return { kind: 'structure', place, members };
  }
}

function parseMember(lexer: Lexer): StructureMember {
  const first = lexer.peek();
  const place = lexer.placeOf(first.offset);
  if (first.type !== 'word') return { place, name: undefined, size: undefined, value: parseValue(lexer) };
  const name = lexer.next();
  let size: CallValue | undefined;
  if (lexer.takeMark('(')) {
    const args = parseList(lexer, ')');
    // Only the mark behind the parentheses tells `msg_iov(1)=…` from `htons(1)`.
    if (!lexer.isMark('='))
      return { place, name: undefined, size: undefined, value: functionValue(lexer, name.text, name.offset, args) };
    if (args.length !== 1)
      lexer.fail({ problem: `${name.text} has ${args.length} sizes`, expected: 'one' }, name.offset);
    size = args[0];
  }
  if (lexer.takeMark('=')) return { place, name: name.text, size, value: parseValue(lexer) };
  return { place, name: undefined, size: undefined, value: parseFromWord(lexer, name) };
}
