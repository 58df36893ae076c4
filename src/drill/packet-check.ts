/** Comparing a live packet with what a script expects: field by field, in the script's numbers. */
import { Ecn } from '../wire/ip-packet.ts';
import { TcpFlag, TcpOptionKind } from '../wire/tcp-segment.ts';
import type { DrillOption, IcmpPacket, PacketAction, TcpFlags, TcpPacket } from './ast.ts';
import type { Flow } from './flow.ts';
import { icmpCodeNumber, icmpTypeNumber } from './icmp-names.ts';
import { isSyn, type LiveOption, type LivePacket, type LiveTcp } from './live-packet.ts';
import { encodeOptions, numberAt, optionsText } from './option-codec.ts';
import { flagsText } from './packet-text.ts';

/** One difference. */
export interface Difference {
  /** `seq`, `flags`, `options`. */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** How exactly PSH is looked at: as written; not on segments joined from several; never. */
export type PushRule = 'strict' | 'joined' | 'never';

/** What comparing depends on besides the two packets. */
export interface CheckOptions {
  readonly push: PushRule;
  /** Microseconds of a timestamp tick; 0: values are not compared. */
  readonly timestampTickUs: number;
  /** How far timestamps may be off. */
  readonly toleranceUs: number;
  /** Echoed timestamps are compared too. */
  readonly comparesEcho: boolean;
  /** Payload octets must be zero: the script has written nothing else. */
  readonly expectsZeros: boolean;
}

const COMPARED_FLAGS: number =
  TcpFlag.fin |
  TcpFlag.syn |
  TcpFlag.rst |
  TcpFlag.psh |
  TcpFlag.ack |
  TcpFlag.urg |
  TcpFlag.ece |
  TcpFlag.cwr |
  TcpFlag.ae;

/** TcpFlag bits of what a script has written. */
export function flagBits(flags: TcpFlags): number {
  return (
    (flags.fin ? TcpFlag.fin : 0) |
    (flags.syn ? TcpFlag.syn : 0) |
    (flags.rst ? TcpFlag.rst : 0) |
    (flags.psh ? TcpFlag.psh : 0) |
    (flags.ack ? TcpFlag.ack : 0) |
    (flags.urg ? TcpFlag.urg : 0) |
    (flags.ece ? TcpFlag.ece : 0) |
    (flags.cwr ? TcpFlag.cwr : 0) |
    (flags.ae ? TcpFlag.ae : 0)
  );
}

/** Everything but the time. @param isJoined the live packet was put together from several */
export function comparePacket(
  expected: PacketAction,
  live: LivePacket,
  flow: Flow,
  options: CheckOptions,
  isJoined: boolean,
): Difference[] {
  const list = new Differences();
  if (live.fault !== null) list.add('packet', 'a sound one', live.fault);
  compareIp(expected, live, list);
  switch (expected.kind) {
    case 'tcp':
      if (live.tcp === null) list.add('protocol', 'TCP', live.icmp === null ? 'not TCP' : 'ICMP');
      else compareTcp(expected, live.tcp, live.timeUs, flow, options, isJoined, list);
      break;
    case 'icmp':
      compareIcmp(expected, live, flow, list);
      break;
    case 'udp':
      list.number('UDP payload', expected.lengthBytes, live.udpLength ?? -1);
      break;
  }
  return list.found;
}

class Differences {
  readonly found: Difference[] = [];

  add(field: string, expected: string, actual: string): void {
    this.found.push({ field, expected, actual });
  }

  number(field: string, expected: number | undefined, actual: number): void {
    if (expected !== undefined && expected !== actual) this.add(field, String(expected), String(actual));
  }
}

function compareIp({ ip }: PacketAction, live: LivePacket, list: Differences): void {
  const codepoint = live.trafficClass & 3;
  if (ip.ecn !== undefined && !ecnCodepoints(ip.ecn).includes(codepoint)) {
    list.add('ECN', ip.ecn, ['noecn', 'ect1', 'ect0', 'ce'][codepoint] ?? '');
  }
  list.number('TOS', ip.tos, live.trafficClass);
  list.number('TTL', ip.ttl, live.hopLimit);
  list.number('flow label', ip.flowLabel, live.flowLabel);
}

function ecnCodepoints(name: 'ect0' | 'ect1' | 'ect01' | 'ce' | 'noecn'): readonly number[] {
  switch (name) {
    case 'ect0':
      return [Ecn.ect0];
    case 'ect1':
      return [Ecn.ect1];
    case 'ect01':
      return [Ecn.ect0, Ecn.ect1];
    case 'ce':
      return [Ecn.ce];
    case 'noecn':
      return [Ecn.notEct];
  }
}

function compareTcp(
  expected: TcpPacket,
  live: LiveTcp,
  timeUs: number,
  flow: Flow,
  options: CheckOptions,
  isJoined: boolean,
  list: Differences,
): void {
  const syn = isSyn(live.flags);
  const ignored = options.push === 'never' || (options.push === 'joined' && isJoined) ? TcpFlag.psh : 0;
  const mask = COMPARED_FLAGS & ~ignored;
  if ((flagBits(expected.flags) & mask) !== (live.flags & mask)) {
    list.add('flags', expected.flags.text, flagsText(live.flags));
  }
  list.number('seq', expected.sequence.start, flow.local.toScript(live.seq, syn));
  list.number('length', expected.sequence.length, live.payloadLength);
  if (expected.ack !== undefined) {
    if (live.flags & TcpFlag.ack) list.number('ack', expected.ack, flow.remote.toScript(live.ack, syn));
    else list.add('ack', String(expected.ack), 'none');
  }
  list.number('win', expected.window, live.window);
  if (live.flags & TcpFlag.urg || expected.urgent !== undefined) {
    list.number('urg', expected.urgent ?? 0, live.urgentPointer);
  }
  if (options.expectsZeros && !live.isPayloadZero) list.add('payload', 'zeros, as written', 'other octets');
  if (expected.options !== 'any') compareOptions(expected.options, live, timeUs, flow, options, list);
}

function compareOptions(
  expected: readonly DrillOption[],
  live: LiveTcp,
  timeUs: number,
  flow: Flow,
  options: CheckOptions,
  list: Differences,
): void {
  const actual = live.options;
  const encoded = encodeOptions(expected, {
    sequence: flow.remote,
    isSyn: isSyn(live.flags),
    timestamps: (value, echo) => ({ value, echo }),
  });
  const isSame =
    actual !== null &&
    actual.length === encoded.length &&
    encoded.every((option, index) => sameOption(option, actual[index], timeUs, flow, options));
  if (isSame) return;
  const text = (given: readonly LiveOption[] | null): string => optionsText(given, flow.remote, null) || 'none';
  const shown = actual?.map((option) => scriptTimestamps(option, flow)) ?? null;
  list.add('options', text(encoded), text(shown));
}

/** A live option with its timestamp in the script's numbers, for messages. */
function scriptTimestamps(option: LiveOption, flow: Flow): LiveOption {
  if (option.kind !== TcpOptionKind.timestamps || option.body.length !== 8) return option;
  const body = option.body.slice();
  new DataView(body.buffer).setUint32(0, flow.timestamps.toScript(numberAt(body, 0, 4)));
  return { kind: option.kind, body };
}

function sameOption(
  expected: LiveOption,
  actual: LiveOption | undefined,
  timeUs: number,
  flow: Flow,
  options: CheckOptions,
): boolean {
  if (actual === undefined || actual.kind !== expected.kind || actual.body.length !== expected.body.length)
    return false;
  // A digest that the script leaves open.
  if (expected.kind === TcpOptionKind.md5 && expected.body.every((octet) => octet === 0)) return true;
  if (expected.kind !== TcpOptionKind.timestamps) {
    return expected.body.every((octet, index) => octet === actual.body[index]);
  }
  const scriptValue = numberAt(expected.body, 0, 4);
  const liveValue = numberAt(actual.body, 0, 4);
  if (options.timestampTickUs > 0) {
    if (flow.timestamps.errorUs(scriptValue, liveValue, options.timestampTickUs) > options.toleranceUs) return false;
  }
  if (options.comparesEcho && numberAt(expected.body, 4, 4) !== numberAt(actual.body, 4, 4)) return false;
  flow.timestamps.learn(scriptValue, liveValue, timeUs);
  return true;
}

function compareIcmp(expected: IcmpPacket, live: LivePacket, flow: Flow, list: Differences): void {
  const { icmp } = live;
  if (icmp === null) {
    list.add('protocol', 'ICMP', 'another');
    return;
  }
  list.number('ICMP type', icmpTypeNumber(expected.type, live.family), icmp.type);
  list.number('ICMP code', icmpCodeNumber(expected.type, expected.code, live.family), icmp.code);
  list.number('MTU', expected.mtu, live.family === 4 ? icmp.rest & 0xffff : icmp.rest);
  list.number('id', expected.id, icmp.rest >>> 16);
  if (expected.quoted !== undefined && icmp.quotedSeq !== null) {
    list.number('quoted seq', expected.quoted.start, flow.local.toScript(icmp.quotedSeq, false));
  }
}
