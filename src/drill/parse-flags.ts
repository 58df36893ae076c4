/** TCP flags: letters, `.` for ACK, `-` for none, or a digit for the whole ACE field (RFC 9768 §3.2). */
import type { TcpFlags } from './ast.ts';
import type { Lexer } from './lexer.ts';

type FlagName = 'fin' | 'syn' | 'rst' | 'psh' | 'ack' | 'urg' | 'ece' | 'cwr' | 'ae';

const LETTERS: ReadonlyMap<string, FlagName> = new Map([
  ['F', 'fin'],
  ['S', 'syn'],
  ['R', 'rst'],
  ['P', 'psh'],
  ['.', 'ack'],
  ['U', 'urg'],
  ['E', 'ece'],
  ['W', 'cwr'],
  ['C', 'cwr'],
  ['A', 'ae'],
  // RFC 3540 named the bit that RFC 9768 calls AE.
  ['N', 'ae'],
]);
const RUN = /[^\s<>:()[\]]+/y;
const A_FLAG = 'flags: S F R P . U E W A letters, a digit 0-7 for the ACE field, or -';

export function parseFlags(lexer: Lexer): TcpFlags {
  const { offset } = lexer;
  const written = lexer.match(RUN)?.[0];
  if (written === undefined) return lexer.unexpected(A_FLAG);
  const text = lexer.defines.get(written) ?? written;
  const set = new Set<FlagName>();
  let ace: number | undefined;
  for (const [index, character] of [...(text === '-' ? '' : text)].entries()) {
    const flag = LETTERS.get(character);
    const isDigit = /^[0-7]$/.test(character);
    const isKnown = flag !== undefined || isDigit;
    if (!isKnown) lexer.fail({ problem: `'${character}' is no TCP flag`, expected: A_FLAG }, offset + index);
    if (isDigit ? ace !== undefined : flag !== undefined && set.has(flag))
      lexer.fail({ problem: `'${character}' says a second time what a flag before it says` }, offset + index);
    if (isDigit) ace = Number(character);
    if (flag !== undefined) set.add(flag);
  }
  if (ace !== undefined) setAce(lexer, set, ace, offset);
  return { place: lexer.placeOf(offset), text, ...bits(set), ace };
}

function setAce(lexer: Lexer, set: Set<FlagName>, ace: number, offset: number): void {
  if (set.has('ae') || set.has('cwr') || set.has('ece'))
    lexer.fail(
      { problem: 'a digit and E, W or A', advice: 'the digit holds all three bits: write one or the other' },
      offset,
    );
  if (ace & 4) set.add('ae');
  if (ace & 2) set.add('cwr');
  if (ace & 1) set.add('ece');
}

function bits(set: ReadonlySet<FlagName>): { readonly [Name in FlagName]: boolean } {
  const [fin, syn, rst, psh, ack] = [set.has('fin'), set.has('syn'), set.has('rst'), set.has('psh'), set.has('ack')];
  return { fin, syn, rst, psh, ack, urg: set.has('urg'), ece: set.has('ece'), cwr: set.has('cwr'), ae: set.has('ae') };
}
