/**
 * Frames for tests of links and captures: built by `src/wire`, checksums right, Ethernet or bare IP.
 */
import { Address } from '../../src/base/address.ts';
import type { LinkMedium } from '../../src/base/link-capabilities.ts';
import { MacAddress } from '../../src/base/mac-address.ts';
import { Slot } from '../../src/base/slot.ts';
import { computeChecksum, foldSum, isChecksumRight, pseudoHeaderSum } from '../../src/wire/checksum.ts';
import { emitEthernet } from '../../src/wire/ethernet.ts';
import { FrameView } from '../../src/wire/frame-view.ts';
import { IpPacket, IpProtocol } from '../../src/wire/ip-packet.ts';
import { emitIpv4Header } from '../../src/wire/ipv4.ts';
import { emitIpv6Header } from '../../src/wire/ipv6.ts';
import { emitTcpHeader } from '../../src/wire/tcp.ts';

/** What a frame is to be; everything has a default. */
export interface FrameOptions {
  medium?: LinkMedium;
  source?: string;
  destination?: string;
  protocol?: 'tcp' | 'udp' | 'icmp';
  sourcePort?: number;
  destinationPort?: number;
  seq?: number;
  ack?: number;
  flags?: number;
  payload?: Uint8Array;
  /** ECN codepoint, 0 to 3, default 0. */
  ecn?: number;
  /** TCP options, a multiple of four bytes. */
  options?: readonly number[];
  sourceMac?: string;
  destinationMac?: string;
  /** Leave the transport checksum to the link, as an offloading stack does. */
  unfinished?: boolean;
  /** A super-segment of this payload size per segment. */
  gsoSize?: number;
  /** ICMP type, code, identifier and sequence number. */
  icmp?: { type: number; code: number; id: number; sequence: number };
}

export const MAC_A = '02:00:00:00:00:0a';
export const MAC_B = '02:00:00:00:00:0b';

/** Bytes that differ from each other: 0, 7, 14 … modulo 251. */
export function pattern(length: number, start = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => ((start + index) * 7) % 251);
}

/** A slot with the frame in it. */
export function frame(options: FrameOptions = {}): Slot {
  const medium = options.medium ?? 'ethernet';
  const payload = options.payload ?? new Uint8Array(0);
  const slot = Slot.allocate(payload.length + 200, medium === 'ethernet');
  const { memory } = slot;
  const source = Address.parse(options.source ?? '10.0.1.1');
  const packet = new IpPacket(memory);
  packet.setAddresses(source, Address.parse(options.destination ?? (source.family === 4 ? '10.0.1.2' : 'fd00::2')));
  packet.hopLimit = 64;
  packet.identification = 7;
  packet.trafficClass = options.ecn ?? 0;
  const kind = options.protocol ?? 'tcp';
  const icmpProtocol = source.family === 4 ? IpProtocol.icmp : IpProtocol.icmpv6;
  packet.protocol = kind === 'tcp' ? IpProtocol.tcp : kind === 'udp' ? IpProtocol.udp : icmpProtocol;
  let at = slot.offset;
  if (medium === 'ethernet') at = link(slot, options, source.family === 4 ? 0x0800 : 0x86dd);
  const transportLength = (kind === 'tcp' ? 20 + (options.options?.length ?? 0) : 8) + payload.length;
  const ipLength = (source.family === 4 ? 20 : 40) + transportLength;
  at +=
    source.family === 4 ? emitIpv4Header(memory, at, packet, ipLength) : emitIpv6Header(memory, at, packet, ipLength);
  const checksumField = transport(slot, at, kind, options, transportLength);
  memory.u8.set(payload, at + transportLength - payload.length);
  const needsPseudo = kind !== 'icmp' || source.family === 6;
  const pseudo = needsPseudo ? pseudoHeaderSum(packet, packet.protocol, transportLength) : 0;
  slot.length = at + transportLength - slot.offset;
  if (options.unfinished || options.gsoSize) {
    memory.view.setUint16(at + checksumField, foldSum(pseudo));
    slot.checksumStart = at - slot.offset;
    slot.checksumOffset = checksumField;
  } else {
    memory.view.setUint16(at + checksumField, computeChecksum(memory, at, transportLength, pseudo));
  }
  if (options.gsoSize) {
    slot.gsoSize = options.gsoSize;
    slot.gsoType = kind === 'udp' ? 5 : source.family === 4 ? 1 : 4;
  }
  return slot;
}

/** The frame's bytes, a copy. */
export function bytesOf(slot: Slot): Uint8Array {
  return slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
}

/** True when IP header (version 4) and transport checksum of the frame are right. */
export function isFrameIntact(slot: Slot, medium: LinkMedium = 'ethernet'): boolean {
  const view = new FrameView();
  if (!view.look(slot, medium) || !view.hasTransport) return false;
  const { memory } = slot;
  if (view.family === 4 && !isChecksumRight(memory, view.ipStart, view.transportStart - view.ipStart, 0)) return false;
  const packet = new IpPacket(memory);
  packet.setAddresses(view.sourceAddress(), view.destinationAddress());
  const length = view.ipEnd - view.transportStart;
  const pseudo = view.protocol === IpProtocol.icmp ? 0 : pseudoHeaderSum(packet, view.protocol, length);
  return isChecksumRight(memory, view.transportStart, length, pseudo);
}

/** Keeps copies of what arrives. */
export class Collector {
  readonly arrived: { port: number; bytes: Uint8Array; slot: Slot }[] = [];

  frameArrived(port: number, slot: Slot): void {
    const copy = Slot.allocate(slot.length + 64, (slot.offset & 3) === 2);
    copy.copyFrom(slot);
    this.arrived.push({ port, bytes: bytesOf(slot), slot: copy });
  }

  take(): { port: number; bytes: Uint8Array; slot: Slot }[] {
    return this.arrived.splice(0);
  }
}

function link(slot: Slot, options: FrameOptions, etherType: number): number {
  const to = MacAddress.parse(options.destinationMac ?? MAC_B);
  const from = MacAddress.parse(options.sourceMac ?? MAC_A);
  emitEthernet(slot.memory, slot.offset, to.high, to.low, from.high, from.low, etherType);
  return slot.offset + 14;
}

function transport(slot: Slot, at: number, kind: string, options: FrameOptions, length: number): number {
  const { memory } = slot;
  const sourcePort = options.sourcePort ?? 40000;
  const destinationPort = options.destinationPort ?? 80;
  if (kind === 'tcp') {
    const flags = options.flags ?? 0x10;
    emitTcpHeader(
      memory,
      at,
      sourcePort,
      destinationPort,
      options.seq ?? 1000,
      options.ack ?? 2000,
      flags,
      65535,
      0,
      20 + (options.options?.length ?? 0),
    );
    memory.u8.set(options.options ?? [], at + 20);
    return 16;
  }
  const icmp = options.icmp ?? { type: 8, code: 0, id: 1, sequence: 1 };
  memory.view.setUint16(at, kind === 'udp' ? sourcePort : (icmp.type << 8) | icmp.code);
  memory.view.setUint16(at + 2, kind === 'udp' ? destinationPort : 0);
  memory.view.setUint16(at + 4, kind === 'udp' ? length : icmp.id);
  memory.view.setUint16(at + 6, kind === 'udp' ? 0 : icmp.sequence);
  return kind === 'udp' ? 6 : 2;
}
