/**
 * TCP options between `<` and `>`, in wire order, or `...` for any. Their bytes must fill the header's 32-bit words
 * (RFC 9293 §3.1) and no more than 40 bytes: scripts write the padding out.
 */
import type { DrillOption, SackRange } from './ast.ts';
import { type Lexer, quoted } from './lexer.ts';

/** An option without its place. */
type Body = DrillOption extends infer Option ? (Option extends DrillOption ? Omit<Option, 'place'> : never) : never;

const UINT32 = 0xffff_ffff;
const UINT24 = 0xff_ffff;
const MAX_OPTIONS_BYTES = 40;
/** RFC 7413 Appendix A. */
const FAST_OPEN_IDENTIFIER = 0xf989;
const EXPERIMENTAL = /exp-(\w+)/iy;
const COUNTER_ORDERS = {
  172: ['e0b', 'ceb', 'e1b'],
  174: ['e1b', 'ceb', 'e0b'],
} as const;

const PARSERS: ReadonlyMap<string, (lexer: Lexer) => Body> = new Map<string, (lexer: Lexer) => Body>([
  ['nop', () => ({ kind: 'nop' })],
  ['eol', () => ({ kind: 'eol' })],
  ['mss', (lexer) => ({ kind: 'mss', mss: lexer.expectInteger('mss', 0, 0xffff) })],
  ['wscale', (lexer) => ({ kind: 'wscale', shift: lexer.expectInteger('wscale', 0, 0xff) })],
  ['sackok', () => ({ kind: 'sack-permitted' })],
  ['sack', (lexer) => ({ kind: 'sack', blocks: parseBlocks(lexer) })],
  ['ts', parseTimestamps],
  ['fo', (lexer) => ({ kind: 'fast-open', cookie: parseBytes(lexer, 'the cookie') })],
  ['foexp', (lexer) => experimental(FAST_OPEN_IDENTIFIER, parseBytes(lexer, 'the cookie'))],
  ['md5', parseMd5],
  ['ecn', parseAccEcn],
  ['accecn', parseAccEcn],
]);
const NAMES = 'nop, eol, mss N, wscale N, sackOK, sack a:b, TS val N ecr N, FO, FOEXP, exp-ID, md5 or ECN';

/** Reads the list; `<` comes next. */
export function parseTcpOptions(lexer: Lexer): DrillOption[] | 'any' {
  const { offset } = lexer.next();
  if (lexer.takeMark('...')) {
    lexer.expectMark('>', "'>' after <...");
    return 'any';
  }
  const options: DrillOption[] = [];
  if (lexer.takeMark('>')) return options;
  do options.push(parseOption(lexer));
  while (lexer.takeMark(','));
  lexer.expectMark('>', "',' and another option, or '>'");
  checkLength(lexer, options, offset);
  return options;
}

function checkLength(lexer: Lexer, options: readonly DrillOption[], offset: number): void {
  const lengthBytes = options.reduce((sum, option) => sum + optionLengthBytes(option), 0);
  if (lengthBytes > MAX_OPTIONS_BYTES)
    lexer.fail({ problem: `the options take ${lengthBytes} bytes`, expected: `at most ${MAX_OPTIONS_BYTES}` }, offset);
  const missing = -lengthBytes & 3;
  if (missing === 0) return;
  const problem = `the options take ${lengthBytes} bytes, which is no multiple of 4`;
  lexer.fail(
    { problem, advice: `write ${missing} nop more where the packet has ${missing === 1 ? 'it' : 'them'}` },
    offset,
  );
}

/** How many bytes an option takes in the header. */
export function optionLengthBytes(option: Body): number {
  switch (option.kind) {
    case 'nop':
    case 'eol':
      return 1;
    case 'mss':
      return 4;
    case 'wscale':
      return 3;
    case 'sack-permitted':
      return 2;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'timestamps':
      return 10;
    case 'fast-open':
      return 2 + option.cookie.length;
    case 'experimental':
      return 4 + option.data.length;
    case 'md5':
      return 18;
    case 'accecn':
      return 2 + 3 * option.counters.length;
  }
}

function parseOption(lexer: Lexer): DrillOption {
  const { offset } = lexer;
  const place = lexer.placeOf(offset);
  const identifier = lexer.match(EXPERIMENTAL)?.[1];
  if (identifier !== undefined) return { place, ...parseExperimental(lexer, identifier, offset) };
  const name = lexer.peek();
  if (name.type !== 'word') lexer.unexpected(`a TCP option: ${NAMES}`);
  const parse = PARSERS.get(name.text.toLowerCase());
  if (!parse) return lexer.unsupported(name.text, name.offset, `TCP options that are: ${NAMES}`);
  lexer.next();
  return { place, ...parse(lexer) };
}

function parseBlocks(lexer: Lexer): SackRange[] {
  const blocks: SackRange[] = [];
  do {
    const left = lexer.expectInteger('the left edge of a block', 0, UINT32);
    lexer.expectMark(':', "':' and the right edge of the block");
    blocks.push({ left, right: lexer.expectInteger('the right edge of a block', 0, UINT32) });
  } while (lexer.peek().type === 'integer');
  return blocks;
}

function parseTimestamps(lexer: Lexer): Body {
  if (!lexer.takeWord('val')) lexer.unexpected("'val' and the timestamp's value");
  const value = lexer.expectInteger('val', 0, UINT32);
  if (!lexer.takeWord('ecr')) lexer.unexpected("'ecr' and the timestamp's echo");
  return { kind: 'timestamps', value, echo: lexer.expectInteger('ecr', 0, UINT32) };
}

function parseMd5(lexer: Lexer): Body {
  const { offset } = lexer;
  const digest = lexer.takeHex('the digest');
  if (digest && digest.length !== 16)
    lexer.fail({ problem: `the digest has ${digest.length} bytes`, expected: '16 bytes, 32 digits' }, offset);
  return { kind: 'md5', digest };
}

function parseBytes(lexer: Lexer, what: string): Uint8Array {
  return lexer.takeHex(what) ?? new Uint8Array(0);
}

function parseExperimental(lexer: Lexer, identifier: string, offset: number): Body {
  if (identifier.toLowerCase() === 'fo') return experimental(FAST_OPEN_IDENTIFIER, parseBytes(lexer, 'the cookie'));
  if (/^(?:0x)?[0-9a-f]{4}$/i.test(identifier))
    return experimental(Number.parseInt(identifier, 16), parseBytes(lexer, 'the data'));
  const problem = `${quoted(`exp-${identifier}`)} names no experiment`;
  return lexer.fail({ problem, expected: 'exp-FO, or exp- and 4 hexadecimal digits (RFC 6994)' }, offset);
}

function experimental(identifier: number, data: Uint8Array): Body {
  return { kind: 'experimental', identifier, data };
}

/** RFC 9768 §3.2.3: the first counter tells the order, later ones may be left away from the end. */
function parseAccEcn(lexer: Lexer): Body {
  const optionKind = lexer.isWord('e0b') ? 172 : 174;
  const [first, ...others] = COUNTER_ORDERS[optionKind];
  if (!lexer.takeWord(first)) lexer.unexpected('e0b N or e1b N');
  const counters = [lexer.expectInteger(first, 0, UINT24)];
  for (const name of others) {
    if (!lexer.takeWord(name)) break;
    counters.push(lexer.expectInteger(name, 0, UINT24));
  }
  return { kind: 'accecn', optionKind, counters };
}
