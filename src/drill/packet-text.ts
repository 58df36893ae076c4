/** A live packet in the notation of scripts, in the script's numbers. */
import { Ecn, IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import type { Flow } from './flow.ts';
import { ICMP_TYPES } from './icmp-names.ts';
import { isSyn, type LiveIcmp, type LivePacket, type LiveTcp } from './live-packet.ts';
import { optionsText } from './option-codec.ts';

/** Flags in a script's order; ACE letters behind them. */
const FLAG_LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [TcpFlag.syn, 'S'],
  [TcpFlag.fin, 'F'],
  [TcpFlag.rst, 'R'],
  [TcpFlag.psh, 'P'],
  [TcpFlag.ack, '.'],
  [TcpFlag.urg, 'U'],
  [TcpFlag.ece, 'E'],
  [TcpFlag.cwr, 'W'],
  [TcpFlag.ae, 'A'],
];

const ECN_NAMES: readonly (readonly [codepoint: number, name: string])[] = [
  [Ecn.ect0, '[ect0] '],
  [Ecn.ect1, '[ect1] '],
  [Ecn.ce, '[ce] '],
];

/** `S.`, `-` for none. */
export function flagsText(flags: number): string {
  const letters = FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  return letters.length === 0 ? '-' : letters.join('');
}

/** One line such as `P. 1:1001(1000) ack 1 win 502 <nop,nop,TS val 5 ecr 7>`. @param isOutbound the stack has sent it */
export function packetText(packet: LivePacket, flow: Flow | null, isOutbound = true): string {
  const ecn = ECN_NAMES.find(([codepoint]) => codepoint === (packet.trafficClass & 3))?.[1] ?? '';
  const fault = packet.fault === null ? '' : ` (${packet.fault})`;
  if (packet.tcp !== null) {
    const isOfFlow =
      flow !== null && (isOutbound ? packet.tcp.sourcePort : packet.tcp.destinationPort) === flow.localPort;
    const ports = isOfFlow ? '' : `${packet.tcp.sourcePort} > ${packet.tcp.destinationPort} `;
    return `${ecn}${ports}${tcpText(packet.tcp, flow, isOutbound)}${fault}`;
  }
  if (packet.icmp !== null) return `icmp ${icmpText(packet.icmp, packet.family, flow)}${fault}`;
  if (packet.udpLength !== null) return `udp (${packet.udpLength})${fault}`;
  return `IPv${packet.family} packet with protocol ${packet.protocol} of ${packet.totalLength} bytes${fault}`;
}

function tcpText(tcp: LiveTcp, flow: Flow | null, isOutbound: boolean): string {
  const syn = isSyn(tcp.flags);
  const own = flow === null ? null : isOutbound ? flow.local : flow.remote;
  const other = flow === null ? null : isOutbound ? flow.remote : flow.local;
  const seq = own?.toScript(tcp.seq, syn) ?? tcp.seq;
  const parts = [flagsText(tcp.flags), `${seq}:${(seq + tcp.payloadLength) >>> 0}(${tcp.payloadLength})`];
  if (tcp.flags & TcpFlag.ack) parts.push(`ack ${other?.toScript(tcp.ack, syn) ?? tcp.ack}`);
  parts.push(`win ${tcp.window}`);
  if (tcp.flags & TcpFlag.urg) parts.push(`urg ${tcp.urgentPointer}`);
  if (flow !== null && other !== null) {
    const options = optionsText(tcp.options, other, isOutbound ? flow.timestamps : null);
    if (options !== '') parts.push(options);
  }
  return parts.join(' ');
}

function icmpText(icmp: LiveIcmp, family: 4 | 6, flow: Flow | null): string {
  const key = family === 4 ? 'v4' : 'v6';
  const name = [...ICMP_TYPES].find(([, numbers]) => numbers[key] === icmp.type)?.[0] ?? `type ${icmp.type}`;
  const quoted = icmp.quotedSeq === null ? '' : ` [${flow?.local.toScript(icmp.quotedSeq, false) ?? icmp.quotedSeq}]`;
  return `${name} code ${icmp.code}${icmp.rest === 0 ? '' : ` rest ${icmp.rest}`}${quoted}`;
}

/** Whether a packet is about resolving neighbors, groups and routers: no part of any script. */
export function isHousekeeping(packet: LivePacket): boolean {
  if (packet.protocol === IpProtocol.igmp) return true;
  return packet.family === 6 && packet.icmp !== null && packet.icmp.type >= 130 && packet.icmp.type <= 143;
}
