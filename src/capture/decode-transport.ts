/**
 * TCP, UDP, ICMP and IGMP taken apart for people. See `decode.ts`.
 */
import { Address } from '../base/address.ts';
import { DropReason, dropReasonName } from '../wire/drop-reason.ts';
import { IcmpMessage, parseIcmp } from '../wire/icmp.ts';
import { parseIcmpv6 } from '../wire/icmpv6.ts';
import { IgmpMessage, parseIgmp } from '../wire/igmp.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseTcp } from '../wire/tcp.ts';
import { TcpFlag, TcpOptionKind, TcpSegment } from '../wire/tcp-segment.ts';
import { parseUdp, UdpDatagram } from '../wire/udp.ts';
import type { LayerList } from './decoded.ts';

const FLAG_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [TcpFlag.fin, 'FIN'],
  [TcpFlag.syn, 'SYN'],
  [TcpFlag.rst, 'RST'],
  [TcpFlag.psh, 'PSH'],
  [TcpFlag.ack, 'ACK'],
  [TcpFlag.urg, 'URG'],
  [TcpFlag.ece, 'ECE'],
  [TcpFlag.cwr, 'CWR'],
  [TcpFlag.ae, 'AE'],
];

const ICMP_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'echo reply'],
  [3, 'destination unreachable'],
  [4, 'source quench'],
  [5, 'redirect'],
  [8, 'echo request'],
  [11, 'time exceeded'],
  [12, 'parameter problem'],
  [13, 'timestamp request'],
  [14, 'timestamp reply'],
]);

const ICMPV6_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'destination unreachable'],
  [2, 'packet too big'],
  [3, 'time exceeded'],
  [4, 'parameter problem'],
  [128, 'echo request'],
  [129, 'echo reply'],
  [130, 'listener query'],
  [131, 'listener report'],
  [132, 'listener done'],
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [135, 'neighbor solicitation'],
  [136, 'neighbor advertisement'],
  [137, 'redirect'],
  [143, 'listener report v2'],
]);

/** The control bits of a TCP segment as people write them: `SYN+ACK`. */
export function flagsText(flags: number): string {
  const names = FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? 'none' : names.join('+');
}

/** Adds the layers of the payload of `packet`. */
export function decodeTransport(list: LayerList, packet: IpPacket): void {
  const { payloadOffset, payloadLength, protocol } = packet;
  if (packet.fragmentOffset > 0) {
    list.begin('payload', payloadOffset, payloadLength, `fragment at ${packet.fragmentOffset}`);
    return;
  }
  // A first fragment holds a header, but not all that its checksum covers.
  packet.checksumVerified = packet.isFragment ? 1 : 0;
  if (protocol === IpProtocol.tcp) decodeTcp(list, packet);
  else if (protocol === IpProtocol.udp) decodeUdp(list, packet);
  else if (protocol === IpProtocol.icmp && packet.family === 4) decodeIcmp(list, packet);
  else if (protocol === IpProtocol.icmpv6 && packet.family === 6) decodeIcmp(list, packet);
  else if (protocol === IpProtocol.igmp && packet.family === 4) decodeIgmp(list, packet);
  else list.begin('payload', payloadOffset, payloadLength, `protocol ${protocol}`);
}

function decodeTcp(list: LayerList, packet: IpPacket): void {
  const segment = new TcpSegment(packet);
  const reason = parseTcp(segment);
  const at = packet.payloadOffset;
  const end = at + packet.payloadLength;
  const claimed = (list.read(at + 12, 1) >>> 4) << 2;
  const headerLength = Math.min(claimed < 20 ? 20 : claimed, packet.payloadLength);
  const layer = list.begin('tcp', at, headerLength);
  if (reason !== DropReason.none) layer.problem = dropReasonName(reason);
  const source = list.number('source port', at, 2);
  const destination = list.number('destination port', at + 2, 2);
  const seq = list.number('sequence number', at + 4, 4);
  const ack = list.number('acknowledgment number', at + 8, 4);
  list.field('data offset', at + 12, 1, claimed);
  const flags = list.read(at + 12, 2) & 0x1ff;
  list.field('flags', at + 12, 2, flags, flagsText(flags));
  const window = list.number('window', at + 14, 2);
  list.number('checksum', at + 16, 2);
  list.number('urgent pointer', at + 18, 2);
  decodeTcpOptions(list, at + 20, at + headerLength);
  const length = end - at - headerLength;
  const ackText = flags & TcpFlag.ack ? ` ack=${ack}` : '';
  layer.summary = `TCP ${source} > ${destination} ${flagsText(flags)} seq=${seq}${ackText} win=${window} len=${length}`;
  list.begin('payload', at + headerLength, length);
}

function decodeTcpOptions(list: LayerList, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const kind = list.read(at, 1);
    if (kind === TcpOptionKind.endOfList) {
      list.field('end of options', at, end - at, 0);
      return;
    }
    if (kind === TcpOptionKind.noOperation) {
      list.field('no operation', at++, 1, 1);
      continue;
    }
    const length = at + 1 < end ? list.read(at + 1, 1) : 0;
    if (length < 2 || at + length > end) {
      list.field('malformed option', at, end - at, kind);
      return;
    }
    tcpOption(list, at, kind, length);
    at += length;
  }
}

function tcpOption(list: LayerList, at: number, kind: number, length: number): void {
  if (kind === TcpOptionKind.maximumSegmentSize && length === 4) {
    list.field('maximum segment size', at, 4, list.read(at + 2, 2));
  } else if (kind === TcpOptionKind.windowScale && length === 3) {
    list.field('window scale', at, 3, list.read(at + 2, 1), `multiply by ${2 ** Math.min(14, list.read(at + 2, 1))}`);
  } else if (kind === TcpOptionKind.sackPermitted && length === 2) {
    list.field('SACK permitted', at, 2, 1);
  } else if (kind === TcpOptionKind.timestamps && length === 10) {
    const [value, echo] = [list.read(at + 2, 4), list.read(at + 6, 4)];
    list.field('timestamps', at, 10, value, `value ${value}, echo ${echo}`);
  } else if (kind === TcpOptionKind.sack && length >= 10 && (length - 2) % 8 === 0) {
    const blocks: string[] = [];
    for (let edge = at + 2; edge < at + length; edge += 8)
      blocks.push(`${list.read(edge, 4)}-${list.read(edge + 4, 4)}`);
    list.field('SACK', at, length, blocks.length, blocks.join(' '));
  } else if (kind === TcpOptionKind.fastOpen) {
    list.field('fast open', at, length, list.hex(at + 2, length - 2), length === 2 ? 'cookie request' : 'cookie');
  } else {
    list.field(`option ${kind}`, at, length, list.hex(at + 2, length - 2));
  }
}

function decodeUdp(list: LayerList, packet: IpPacket): void {
  const reason = parseUdp(new UdpDatagram(packet));
  const at = packet.payloadOffset;
  const layer = list.begin('udp', at, Math.min(8, packet.payloadLength));
  if (reason !== DropReason.none) layer.problem = dropReasonName(reason);
  const source = list.number('source port', at, 2);
  const destination = list.number('destination port', at + 2, 2);
  const length = list.number('length', at + 4, 2);
  list.number('checksum', at + 6, 2);
  layer.summary = `UDP ${source} > ${destination} len=${Math.max(0, length - 8)}`;
  list.begin('payload', at + 8, packet.payloadLength - 8);
}

function decodeIcmp(list: LayerList, packet: IpPacket): void {
  const isV4 = packet.family === 4;
  const message = new IcmpMessage();
  const reason = isV4 ? parseIcmp(packet, message) : parseIcmpv6(packet, message);
  const at = packet.payloadOffset;
  const type = list.read(at, 1);
  const isNdp = !isV4 && type >= 130;
  // Neighbour discovery and listener messages are header all through.
  const headerLength = isNdp ? packet.payloadLength : Math.min(8, packet.payloadLength);
  const layer = list.begin(isV4 ? 'icmp' : 'icmpv6', at, headerLength);
  if (reason !== DropReason.none) layer.problem = dropReasonName(reason);
  const name = (isV4 ? ICMP_NAMES : ICMPV6_NAMES).get(type) ?? `type ${type}`;
  list.number('type', at, 1, name);
  const code = list.number('code', at + 1, 1);
  list.number('checksum', at + 2, 2);
  layer.summary = `${isV4 ? 'ICMP' : 'ICMPv6'} ${name}${code === 0 ? '' : ` code ${code}`}`;
  const isEcho = isV4 ? type === 0 || type === 8 : type === 128 || type === 129;
  if (isEcho) {
    list.number('identifier', at + 4, 2);
    const sequence = list.number('sequence number', at + 6, 2);
    layer.summary += ` seq=${sequence}`;
  } else if (isV4 ? type === 3 && code === 4 : type === 2) {
    const mtu = list.number('mtu', at + 4, 4);
    layer.summary += ` mtu=${mtu}`;
  } else {
    list.number('rest of header', at + 4, 4);
  }
  if (!isV4 && (type === 135 || type === 136) && packet.payloadLength >= 24) {
    const word = (index: number): number => list.read(at + 8 + index * 4, 4);
    const target = Address.v6(word(0), word(1), word(2), word(3)).toString();
    list.field('target', at + 8, 16, target);
    layer.summary += type === 135 ? ` who has ${target}?` : ` ${target}`;
  }
  const isError = isV4 ? [3, 4, 5, 11, 12].includes(type) : type < 128;
  list.begin(isError ? 'quoted' : 'payload', at + headerLength, packet.payloadLength - headerLength);
}

function decodeIgmp(list: LayerList, packet: IpPacket): void {
  const reason = parseIgmp(packet, new IgmpMessage());
  const at = packet.payloadOffset;
  const layer = list.begin('igmp', at, packet.payloadLength, `IGMP type 0x${list.read(at, 1).toString(16)}`);
  if (reason !== DropReason.none) layer.problem = dropReasonName(reason);
  list.number('type', at, 1);
  list.number('maximum response time', at + 1, 1);
  list.number('checksum', at + 2, 2);
  const group = Address.v4(list.read(at + 4, 4)).toString();
  list.field('group', at + 4, 4, group);
}
