/**
 * Frames taken apart for people: link and internet layer here, transports in `decode-transport.ts`. Pure. What is wrong
 * with a frame is judged by the parsers of `wire/`; what can be shown of a damaged one is shown all the same.
 */
import { Address } from '../base/address.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { ArpPacket, parseArp } from '../wire/arp.ts';
import { DropReason, dropReasonName } from '../wire/drop-reason.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, parseEthernet } from '../wire/ethernet.ts';
import { EthernetFrame } from '../wire/ethernet-frame.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { decodeTransport } from './decode-transport.ts';
import { type DecodedFrame, type DecodedLayer, LayerList } from './decoded.ts';

export {
  type DecodedField,
  type DecodedFrame,
  type DecodedLayer,
  fieldOf,
  type LayerName,
  layerAt,
} from './decoded.ts';

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.hopByHop, 'hop-by-hop'],
  [IpProtocol.icmp, 'ICMP'],
  [IpProtocol.igmp, 'IGMP'],
  [IpProtocol.tcp, 'TCP'],
  [IpProtocol.udp, 'UDP'],
  [IpProtocol.routing, 'routing'],
  [IpProtocol.fragment, 'fragment'],
  [IpProtocol.icmpv6, 'ICMPv6'],
  [IpProtocol.noNext, 'none'],
  [IpProtocol.destinationOptions, 'destination options'],
]);

const ETHER_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [EtherType.ipv4, 'IPv4'],
  [EtherType.ipv6, 'IPv6'],
  [EtherType.arp, 'ARP'],
  [EtherType.rarp, 'RARP'],
]);

/** Takes a frame apart; never throws on what is in it. */
export function decodeFrame(bytes: Uint8Array, medium: LinkMedium): DecodedFrame {
  const memory = new PlainPacketMemory(bytes.length + 128);
  memory.u8.set(bytes);
  const list = new LayerList(memory, bytes.length);
  const packet = new IpPacket(memory);
  if (medium === 'ethernet') {
    decodeEthernet(list, packet);
  } else {
    const version = list.read(0, 1) >>> 4;
    if (version === 4 || version === 6) decodeIp(list, packet, 0, list.end, version);
  }
  const covered = list.layers.reduce((end, layer) => Math.max(end, layer.offset + layer.length), 0);
  list.begin(list.layers.length === 0 ? 'payload' : 'padding', covered, list.end - covered, 'padding');
  const header = list.layers.filter((layer) => layer.summary !== '' && !isFiller(layer)).at(-1);
  const ip = list.layers.find((layer) => layer.name === 'ipv4' || layer.name === 'ipv6');
  const address = (name: string): string | null => {
    const value = ip?.fields.find((field) => field.name === name)?.value;
    return typeof value === 'string' ? value : null;
  };
  return {
    length: bytes.length,
    layers: list.layers,
    summary: header?.summary ?? `${bytes.length} bytes`,
    sourceAddress: address('source'),
    destinationAddress: address('destination'),
  };
}

function isFiller(layer: DecodedLayer): boolean {
  return layer.name === 'payload' || layer.name === 'padding' || layer.name === 'quoted';
}

function decodeEthernet(list: LayerList, packet: IpPacket): void {
  const frame = new EthernetFrame();
  const reason = parseEthernet(list.memory, 0, list.end, frame);
  const layer = list.begin('ethernet', 0, ETHERNET_HEADER_LENGTH);
  const [destination, source] = [list.hex(0, 6, ':'), list.hex(6, 6, ':')];
  list.field('destination', 0, 6, destination);
  list.field('source', 6, 6, source);
  const first = list.number('type', 12, 2, ETHER_TYPE_NAMES.get(list.read(12, 2)));
  layer.summary = `${source} > ${destination}`;
  if (reason !== DropReason.none) {
    layer.problem = dropReasonName(reason);
    return;
  }
  const tagsEnd = ETHERNET_HEADER_LENGTH + frame.vlanTags * 4;
  layer.length = Math.min(tagsEnd, list.end);
  for (let at = 14; at < tagsEnd; at += 4) {
    list.field('vlan', at, 2, list.read(at, 2) & 0xfff);
    list.number('type', at + 2, 2, ETHER_TYPE_NAMES.get(list.read(at + 2, 2)));
  }
  if (frame.isLlc) {
    const llc = list.begin('llc', tagsEnd, frame.payloadOffset - tagsEnd, `LLC ${first} bytes`);
    list.number('dsap', tagsEnd, 1);
    list.number('ssap', tagsEnd + 1, 1);
    list.number('control', tagsEnd + 2, 1);
    if (llc.length >= 8) {
      list.field('oui', tagsEnd + 3, 3, list.hex(tagsEnd + 3, 3, ':'));
      list.number('type', tagsEnd + 6, 2, ETHER_TYPE_NAMES.get(list.read(tagsEnd + 6, 2)));
    }
  }
  const { payloadOffset, payloadEnd, etherType } = frame;
  if (etherType === EtherType.ipv4) decodeIp(list, packet, payloadOffset, payloadEnd, 4);
  else if (etherType === EtherType.ipv6) decodeIp(list, packet, payloadOffset, payloadEnd, 6);
  else if (etherType === EtherType.arp || etherType === EtherType.rarp) decodeArp(list, payloadOffset, payloadEnd);
  else list.begin('payload', payloadOffset, payloadEnd - payloadOffset);
}

function decodeArp(list: LayerList, at: number, end: number): void {
  const reason = parseArp(list.memory, at, end, new ArpPacket());
  const layer = list.begin('arp', at, Math.min(28, end - at));
  if (reason !== DropReason.none) layer.problem = dropReasonName(reason);
  list.number('hardware type', at, 2);
  list.number('protocol type', at + 2, 2, ETHER_TYPE_NAMES.get(list.read(at + 2, 2)));
  list.number('hardware length', at + 4, 1);
  list.number('protocol length', at + 5, 1);
  const operation = list.number(
    'operation',
    at + 6,
    2,
    ['', 'request', 'reply', 'RARP request', 'RARP reply'][list.read(at + 6, 2)],
  );
  const [senderMac, targetMac] = [list.hex(at + 8, 6, ':'), list.hex(at + 18, 6, ':')];
  const [sender, target] = [addressText(list, at + 14, 4), addressText(list, at + 24, 4)];
  list.field('sender hardware address', at + 8, 6, senderMac);
  list.field('sender address', at + 14, 4, sender);
  list.field('target hardware address', at + 18, 6, targetMac);
  list.field('target address', at + 24, 4, target);
  if (operation === 1)
    layer.summary = sender === target ? `ARP announces ${sender}` : `ARP who has ${target}? tell ${sender}`;
  else layer.summary = operation === 2 ? `ARP ${sender} is at ${senderMac}` : `ARP operation ${operation}`;
}

function decodeIp(list: LayerList, packet: IpPacket, at: number, end: number, version: 4 | 6): void {
  const parse = version === 4 ? parseIpv4 : parseIpv6;
  const reason = parse(list.memory, at, end, packet);
  const layer = version === 4 ? ipv4Layer(list, at, end) : ipv6Layer(list, at, end);
  if (reason !== DropReason.none) {
    // Header and rest are shown, but what the rest means is not known.
    layer.problem = dropReasonName(reason);
    const rest = layer.offset + layer.length;
    list.begin('payload', rest, Math.max(0, end - rest));
    return;
  }
  if (version === 6) ipv6Extensions(list, packet, at + 40);
  if (packet.payloadLength > 0) decodeTransport(list, packet);
}

function ipv4Layer(list: LayerList, at: number, end: number): DecodedLayer {
  const headerLength = Math.max(20, (list.read(at, 1) & 15) << 2);
  const layer = list.begin('ipv4', at, Math.min(headerLength, end - at));
  list.field('version', at, 1, list.read(at, 1) >>> 4);
  list.field('header length', at, 1, (list.read(at, 1) & 15) << 2);
  list.field('dscp', at + 1, 1, list.read(at + 1, 1) >>> 2);
  list.field(
    'ecn',
    at + 1,
    1,
    list.read(at + 1, 1) & 3,
    ['not-ECT', 'ECT(1)', 'ECT(0)', 'CE'][list.read(at + 1, 1) & 3],
  );
  list.number('total length', at + 2, 2);
  list.number('identification', at + 4, 2);
  const flags = list.read(at + 6, 2);
  list.field('flags', at + 6, 1, flags >>> 13, `${flags & 0x4000 ? 'DF ' : ''}${flags & 0x2000 ? 'MF' : ''}`.trim());
  list.field('fragment offset', at + 6, 2, (flags & 0x1fff) << 3);
  list.number('ttl', at + 8, 1);
  const protocol = list.number('protocol', at + 9, 1, PROTOCOL_NAMES.get(list.read(at + 9, 1)));
  list.number('checksum', at + 10, 2);
  const [source, destination] = [addressText(list, at + 12, 4), addressText(list, at + 16, 4)];
  list.field('source', at + 12, 4, source);
  list.field('destination', at + 16, 4, destination);
  if (layer.length > 20) list.field('options', at + 20, layer.length - 20, list.hex(at + 20, layer.length - 20, ' '));
  layer.summary = `${source} > ${destination} ${PROTOCOL_NAMES.get(protocol) ?? `protocol ${protocol}`}`;
  return layer;
}

function ipv6Layer(list: LayerList, at: number, end: number): DecodedLayer {
  const layer = list.begin('ipv6', at, Math.min(40, end - at));
  const word = list.read(at, 4);
  list.field('version', at, 1, word >>> 28);
  list.field('traffic class', at, 2, (word >>> 20) & 0xff);
  list.field('flow label', at + 1, 3, word & 0xfffff);
  list.number('payload length', at + 4, 2);
  const next = list.number('next header', at + 6, 1, PROTOCOL_NAMES.get(list.read(at + 6, 1)));
  list.number('hop limit', at + 7, 1);
  const [source, destination] = [addressText(list, at + 8, 16), addressText(list, at + 24, 16)];
  list.field('source', at + 8, 16, source);
  list.field('destination', at + 24, 16, destination);
  layer.summary = `${source} > ${destination} ${PROTOCOL_NAMES.get(next) ?? `next header ${next}`}`;
  return layer;
}

/** The extension headers that the parser has walked, from `at` to the payload. */
function ipv6Extensions(list: LayerList, packet: IpPacket, at: number): void {
  let protocol = list.read(at - 34, 1);
  while (at < packet.payloadOffset) {
    const length = protocol === IpProtocol.fragment ? 8 : (list.read(at + 1, 1) + 1) << 3;
    const name = PROTOCOL_NAMES.get(protocol) ?? `header ${protocol}`;
    list.begin('ipv6-extension', at, Math.min(length, packet.payloadOffset - at), name);
    const next = list.number('next header', at, 1, PROTOCOL_NAMES.get(list.read(at, 1)));
    if (protocol === IpProtocol.fragment) {
      list.field('fragment offset', at + 2, 2, list.read(at + 2, 2) & 0xfff8);
      list.field('more fragments', at + 3, 1, list.read(at + 3, 1) & 1);
      list.number('identification', at + 4, 4);
    } else {
      list.number('length', at + 1, 1);
    }
    protocol = next;
    at += length;
  }
}

function addressText(list: LayerList, at: number, length: 4 | 16): string {
  const word = (index: number): number => list.read(at + index * 4, 4);
  if (at + length > list.end) return '?';
  return (length === 4 ? Address.v4(word(0)) : Address.v6(word(0), word(1), word(2), word(3))).toString();
}
