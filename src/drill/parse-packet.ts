/** Packets: direction, what brackets say of the IP header, ports, then TCP flags and numbers, `udp (n)` or `icmp …`. */
import type {
  Direction,
  IcmpPacket,
  IpFields,
  PacketAction,
  PacketHead,
  Ports,
  SequenceRange,
  TcpPacket,
} from './ast.ts';
import { ICMP_CODES, ICMP_TYPES, isIcmpCode } from './icmp-names.ts';
import type { Lexer } from './lexer.ts';
import { parseFlags } from './parse-flags.ts';
import { parseTcpOptions } from './parse-tcp-options.ts';

const UINT32 = 0xffff_ffff;
const PORTS_AHEAD = /(?=\w+[ \t]*>)/y;
const ENCAPSULATIONS: readonly string[] = ['ipv4', 'ipv6', 'gre', 'mpls', 'vxlan', 'geneve'];
const ECN_WORDS = ['ect0', 'ect1', 'ect01', 'ce', 'noecn'] as const;
const IN_BRACKETS = 'ect0, ect1, ect01, ce, noecn, tos N, ttl N or flowlabel N';
/** The numbers after the sequence range, in the order they are written. */
const NUMBER_NAMES = ['ack', 'win', 'urg'] as const;

/** Reads a packet; `<` or `>` comes next. */
export function parsePacket(lexer: Lexer): PacketAction {
  const mark = lexer.next();
  const direction: Direction = mark.text === '<' ? 'inbound' : 'outbound';
  const head: PacketHead = { place: lexer.placeOf(mark.offset), direction, ip: parseIpFields(lexer) };
  const ports = parsePorts(lexer);
  if (lexer.takeWord('udp')) return { kind: 'udp', ...head, ports, lengthBytes: parseUdpLength(lexer) };
  if (lexer.isWord('icmp') || lexer.isWord('icmpv6')) return parseIcmp(lexer, head);
  const { text, offset } = lexer.peek();
  if (ENCAPSULATIONS.includes(text)) lexer.unsupported(text, offset, 'packets within packets are left out');
  return parseTcp(lexer, head, ports);
}

function parseIpFields(lexer: Lexer): IpFields {
  const fields: { -readonly [Name in keyof IpFields]: IpFields[Name] } = {
    ecn: undefined,
    tos: undefined,
    ttl: undefined,
    flowLabel: undefined,
  };
  for (;;) {
    const opened = lexer.peek();
    const close = lexer.isMark('[') ? ']' : lexer.isMark('(') ? ')' : undefined;
    if (close === undefined) break;
    do {
      lexer.next();
      parseIpField(lexer, fields);
    } while (lexer.isMark(','));
    lexer.expectMark(close, `',' or '${close}'`);
    if (fields.tos !== undefined && fields.ecn !== undefined)
      lexer.fail(
        { problem: 'tos and an ECN mark together', advice: 'tos holds the ECN bits: write one of them' },
        opened.offset,
      );
  }
  return fields;
}

function parseIpField(lexer: Lexer, fields: { -readonly [Name in keyof IpFields]: IpFields[Name] }): void {
  const token = lexer.peek();
  const ecn = ECN_WORDS.find((word) => lexer.isWord(word));
  if (ecn) {
    lexer.next();
    fields.ecn = ecn;
  } else if (lexer.takeWord('tos')) fields.tos = lexer.expectInteger('tos', 0, 0xff);
  else if (lexer.takeWord('ttl')) fields.ttl = lexer.expectInteger('ttl', 0, 0xff);
  else if (lexer.takeWord('flowlabel')) fields.flowLabel = lexer.expectInteger('flowlabel', 0, 0xfffff);
  else if (token.type === 'word') lexer.unsupported(token.text, token.offset, `in brackets may stand ${IN_BRACKETS}`);
  else lexer.unexpected(IN_BRACKETS);
}

function parsePorts(lexer: Lexer): Ports | undefined {
  if (!lexer.match(PORTS_AHEAD)) return undefined;
  const source = lexer.expectInteger('the source port', 0, 0xffff);
  lexer.expectMark('>');
  return { source, destination: lexer.expectInteger('the destination port', 0, 0xffff) };
}

function parseUdpLength(lexer: Lexer): number {
  lexer.expectMark('(', "'(' and the length of the datagram's data");
  const lengthBytes = lexer.expectInteger('the length', 0, 0xffff - 8);
  lexer.expectMark(')');
  return lengthBytes;
}

function parseTcp(lexer: Lexer, head: PacketHead, ports: Ports | undefined): TcpPacket {
  const flags = parseFlags(lexer);
  const sequence = parseRange(lexer);
  const numbers: { [Name in (typeof NUMBER_NAMES)[number]]?: number } = {};
  for (const name of NUMBER_NAMES) {
    if (lexer.takeWord(name)) numbers[name] = lexer.expectInteger(name, 0, name === 'ack' ? UINT32 : 0xffff);
  }
  const { ack, win, urg } = numbers;
  const isInbound = head.direction === 'inbound';
  if (lexer.peek().type === 'word') complainAboutOrder(lexer);
  if (isInbound && win === undefined)
    lexer.unexpected('win and the raw 16-bit window', 'an inbound packet must give its window');
  const optionsAt = lexer.peek().offset;
  const options = lexer.isMark('<') ? parseTcpOptions(lexer) : [];
  if (isInbound && options === 'any')
    lexer.fail({ problem: '<...> on an inbound packet', advice: 'list the options to send' }, optionsAt);
  return { kind: 'tcp', ...head, ports, flags, sequence, ack, window: win, urgent: urg, options };
}

function complainAboutOrder(lexer: Lexer): never {
  const order = 'ack, win and urg stand in this order, each once';
  lexer.unexpected('ack N, win N, urg N, <options> or the next event', order);
}

/** `start:end(length)`. */
function parseRange(lexer: Lexer): SequenceRange {
  const { offset } = lexer.peek();
  if (lexer.peek().type !== 'integer') lexer.unexpected('a sequence range, start:end(length)');
  const start = lexer.expectInteger('the first sequence number', 0, UINT32);
  lexer.expectMark(':', "':' and the end of the sequence range");
  const end = lexer.expectInteger('the end of the sequence range', 0, UINT32);
  lexer.expectMark('(', "'(' and the length of the data");
  const length = lexer.expectInteger('the length of the data', 0, UINT32);
  lexer.expectMark(')');
  const sum = (start + length) % (UINT32 + 1);
  if (end !== sum) {
    const problem = `${start}:${end}(${length}): the end is not start + length`;
    lexer.fail({ problem, expected: `${start}:${sum}(${length})` }, offset);
  }
  return { place: lexer.placeOf(offset), start, end, length };
}

function parseIcmp(lexer: Lexer, head: PacketHead): IcmpPacket {
  lexer.next();
  const type = lexer.peek();
  if (type.type !== 'word') lexer.unexpected(`a type of ICMP message: ${[...ICMP_TYPES.keys()].join(', ')}`);
  if (!ICMP_TYPES.has(type.text))
    lexer.unsupported(type.text, type.offset, `types that are: ${[...ICMP_TYPES.keys()].join(', ')}`);
  lexer.next();
  const code = parseIcmpCode(lexer, type.text);
  const mtu = lexer.takeWord('mtu') ? lexer.expectInteger('mtu', 0, UINT32) : undefined;
  const id = lexer.takeWord('id') ? lexer.expectInteger('id', 0, 0xffff) : undefined;
  return { kind: 'icmp', ...head, type: type.text, code, mtu, id, ...parseQuoted(lexer) };
}

function parseIcmpCode(lexer: Lexer, type: string): number | string | undefined {
  const token = lexer.peek();
  // A number on the next line is the time of the next event.
  if (token.type === 'integer' && lexer.sameLine) return lexer.expectInteger('the code', 0, 0xff);
  if (token.type !== 'word' || token.text === 'mtu' || token.text === 'id') return undefined;
  if (!isIcmpCode(type, token.text)) {
    const names = [...(ICMP_CODES.get(type)?.keys() ?? [])].join(', ');
    lexer.unsupported(
      token.text,
      token.offset,
      names === '' ? `${type} has codes by number only` : `a number, or one of ${names}`,
    );
  }
  return lexer.next().text;
}

/** `[1:1461(1460)]` of a segment, `[udp (10)]` of a datagram. */
function parseQuoted(lexer: Lexer): Pick<IcmpPacket, 'quoted' | 'quotedUdpBytes'> {
  if (!lexer.isMark('[')) return { quoted: undefined, quotedUdpBytes: undefined };
  lexer.next();
  const isUdp = lexer.takeWord('udp');
  const quotedUdpBytes = isUdp ? parseUdpLength(lexer) : undefined;
  const quoted = isUdp ? undefined : parseRange(lexer);
  lexer.expectMark(']');
  return { quoted, quotedUdpBytes };
}
