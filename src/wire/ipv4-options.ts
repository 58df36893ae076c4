/**
 * IPv4 options (RFC 791 section 3.1, RFC 2113): checked when a packet arrives, walked by whoever needs one, and the return
 * route of a source-routed packet (RFC 1122 section 3.2.1.8).
 */
import { DropReason } from './drop-reason.ts';
import type { IpPacket } from './ip-packet.ts';

/** Option types, with the copied flag and class in place. */
export const Ipv4OptionType = {
  endOfList: 0,
  noOperation: 1,
  recordRoute: 7,
  timestamp: 68,
  security: 130,
  looseSourceRoute: 131,
  streamId: 136,
  strictSourceRoute: 137,
  routerAlert: 148,
} as const;

/** A cursor over the options of a packet, reused. */
export class Ipv4OptionView {
  type = 0;
  /** First octet of the option (its type) in the packet's memory, and its length with type and length octets. */
  offset = 0;
  length = 0;
  /** The pointer octet of a route or timestamp option, counted from 1 at the type octet. */
  pointer = 0;
}

/** Puts `option` in front of the packet's first option. */
export function startIpv4Options(packet: IpPacket, option: Ipv4OptionView): void {
  option.type = Ipv4OptionType.noOperation;
  option.offset = packet.optionsOffset;
  option.length = 0;
  option.pointer = 0;
}

/** Moves to the next option that is not padding; false at the end of the list or at an impossible length. */
export function nextIpv4Option(packet: IpPacket, option: Ipv4OptionView): boolean {
  const u8 = packet.memory.u8;
  const end = packet.optionsOffset + packet.optionsLength;
  let at = option.offset + option.length;
  while (at < end && u8[at] === Ipv4OptionType.noOperation) at++;
  if (at + 1 >= end || u8[at] === Ipv4OptionType.endOfList) return false;
  const length = u8[at + 1]!;
  if (length < 2 || at + length > end) return false;
  option.type = u8[at]!;
  option.offset = at;
  option.length = length;
  option.pointer = length > 2 ? u8[at + 2]! : 0;
  return true;
}

/**
 * Checks the option list of a parsed header and notes source route and router alert in `packet`.
 * RFC 1122 §3.2.1.8: options that are not known are passed over; a list that cannot be walked is a parameter problem.
 */
export function checkIpv4Options(packet: IpPacket): DropReason {
  const u8 = packet.memory.u8;
  const end = packet.optionsOffset + packet.optionsLength;
  let at = packet.optionsOffset;
  while (at < end) {
    const type = u8[at]!;
    if (type === Ipv4OptionType.endOfList) break;
    if (type === Ipv4OptionType.noOperation) {
      at++;
      continue;
    }
    const length = at + 1 < end ? u8[at + 1]! : 0;
    if (length < 2 || at + length > end) return badOption(packet, at + 1 < end ? at + 1 : at);
    const fault = faultInOption(packet, type, at, length);
    if (fault !== 0) return badOption(packet, fault);
    at += length;
  }
  return DropReason.none;
}

/** A source route to be used on the way back; reused. */
export class ReturnRoute {
  /** The first hop as an IPv4 word: the destination address of the packets that carry the option. */
  firstHop = 0;
  /** Option bytes, padded with end-of-list to whole words. */
  readonly bytes: Uint8Array = new Uint8Array(40);
  /** Bytes in use, a multiple of 4; 0: no source route. */
  length = 0;
}

/**
 * Builds the option that sends an answer back along the route by which `packet` came. Only a completed route is usable:
 * its recorded addresses in reverse, the packet's source as the last stop.
 * RFC 1122 §3.2.1.8(c): the recorded route is reversed, whatever the order in which it was filled.
 * @returns false when the packet has no completed source route
 */
export function buildReturnRoute(packet: IpPacket, route: ReturnRoute): boolean {
  route.length = 0;
  const at = packet.sourceRouteOffset;
  if (at === 0) return false;
  const { u8, view } = packet.memory;
  const length = u8[at + 1]!;
  const stops = (length - 3) >> 2;
  if (stops === 0 || u8[at + 2]! <= length) return false;
  const out = route.bytes;
  out.fill(0);
  out[0] = u8[at]!;
  out[1] = 3 + stops * 4;
  out[2] = 4;
  route.firstHop = view.getInt32(at + 3 + (stops - 1) * 4);
  let to = 3;
  for (let stop = stops - 2; stop >= 0; stop--) to = putWord(out, to, view.getInt32(at + 3 + stop * 4));
  putWord(out, to, packet.source3);
  route.length = (3 + stops * 4 + 3) & ~3;
  return true;
}

/** Memory offset of the octet at fault in a known option, 0 when it is sound. */
function faultInOption(packet: IpPacket, type: number, at: number, length: number): number {
  const u8 = packet.memory.u8;
  switch (type) {
    case Ipv4OptionType.looseSourceRoute:
    case Ipv4OptionType.strictSourceRoute:
      // RFC 1122 §3.2.1.8: a datagram carries at most one source route.
      if (packet.sourceRouteOffset !== 0) return at;
      if (length < 3) return at + 1;
      if (u8[at + 2]! < 4) return at + 2;
      packet.sourceRouteOffset = at;
      return 0;
    case Ipv4OptionType.recordRoute:
      if (length < 3) return at + 1;
      return u8[at + 2]! < 4 ? at + 2 : 0;
    case Ipv4OptionType.timestamp:
      if (length < 4) return at + 1;
      return u8[at + 2]! < 5 ? at + 2 : 0;
    case Ipv4OptionType.routerAlert:
      if (length < 4) return at + 1;
      packet.hasRouterAlert = true;
      return 0;
    default:
      return 0;
  }
}

function badOption(packet: IpPacket, memoryOffset: number): DropReason {
  packet.problemPointer = memoryOffset - packet.headerOffset;
  return DropReason.ipBadOption;
}

function putWord(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
  return at + 4;
}
