/**
 * A peer made by hand: it has no TCP of its own and sends exactly the segments it is told to, with any source address.
 * For the parts real stacks refuse to play: odd servers, attackers, the past, and what-if rules. Its rows are marked in
 * the ladder. It speaks IPv4 over links without Ethernet.
 */
import { Address } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import type { Observer } from '../base/observer.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import type { EventSocket, HostInterfaceOptions, HostStack } from '../sim/host-stack.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../wire/ipv4.ts';
import { emitTcpHeader, parseTcp, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { writeMss } from '../wire/tcp-option-writers.ts';
import { TcpFlag, TcpSegment } from '../wire/tcp-segment.ts';

/** A segment to send. Sequence numbers are taken modulo 2^32. */
export interface CraftedSegment {
  /** Control bits joined by `+`: `SYN+ACK`. */
  readonly flags: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly seq: number;
  readonly ack?: number;
  /** As on the wire, default 65535. */
  readonly window?: number;
  readonly payload?: string | Uint8Array;
  /** Default: the peer's own address; anything else is a forgery. */
  readonly from?: string;
  /** MSS option, left out by default. */
  readonly mss?: number;
  readonly urgentPointer?: number;
}

/** A segment that reached the peer. */
export interface SeenSegment {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** TcpFlag bits. */
  readonly flags: number;
  /** 0 to 2^32 - 1. */
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly payload: Uint8Array;
  readonly timeUs: number;
}

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['FIN', TcpFlag.fin],
  ['SYN', TcpFlag.syn],
  ['RST', TcpFlag.rst],
  ['PSH', TcpFlag.psh],
  ['ACK', TcpFlag.ack],
  ['URG', TcpFlag.urg],
  ['ECE', TcpFlag.ece],
  ['CWR', TcpFlag.cwr],
  ['AE', TcpFlag.ae],
]);

/** The peer; a subclass may answer by rules of its own in `segmentArrived`. */
export class HandMadePeer implements HostStack {
  /** All that came, in order. */
  readonly received: SeenSegment[] = [];
  /** Where a subclass reports what it believes its state to be. */
  observer: Observer | null = null;
  protected nowUs = 0;
  private readonly outgoing: { readonly interfaceId: number; readonly bytes: Uint8Array }[] = [];
  private readonly interfaces: { readonly network: string; readonly address: string }[] = [];
  private nextInterface = 0;

  addInterface(options: HostInterfaceOptions): { readonly id: number } {
    if (options.capabilities.medium !== 'ip') {
      throw new ArgumentError('medium', 'a hand-made peer speaks no Ethernet; give its link the medium ip');
    }
    return { id: this.nextInterface++ };
  }

  addAddress(interfaceId: number, address: string): void {
    const plain = address.slice(0, address.indexOf('/'));
    this.interfaces[interfaceId] = { network: plain.slice(0, plain.lastIndexOf('.') + 1), address: plain };
  }

  addRoute(): void {}

  /** Sends a segment: out of the interface that shares a network with `to`, or the first. */
  send(segment: CraftedSegment): void {
    this.sendVia(segment.to, segment);
  }

  /** As `send`, over the line on which `neighbor` is. */
  sendVia(neighbor: string, segment: CraftedSegment): void {
    const match = this.interfaces.findIndex((one) => neighbor.startsWith(one.network));
    const interfaceId = Math.max(0, match);
    const source = segment.from ?? this.interfaces[interfaceId]?.address ?? '0.0.0.0';
    this.outgoing.push({ interfaceId, bytes: craft(segment, source) });
  }

  receive(slot: Slot, nowUs: number): void {
    this.nowUs = nowUs;
    const packet = new IpPacket(slot.memory);
    if (parseIpv4(slot.memory, slot.offset, slot.offset + slot.length, packet) !== DropReason.none) return;
    if (packet.protocol !== IpProtocol.tcp) return;
    const segment = new TcpSegment(packet);
    if (parseTcp(segment) !== DropReason.none) return;
    const { payloadOffset, payloadLength } = segment;
    const seen: SeenSegment = {
      from: packet.sourceAddress().toString(),
      to: packet.destinationAddress().toString(),
      fromPort: segment.sourcePort,
      toPort: segment.destinationPort,
      flags: segment.flags,
      seq: segment.seq >>> 0,
      ack: segment.ack >>> 0,
      window: segment.window,
      payload: slot.memory.u8.slice(payloadOffset, payloadOffset + payloadLength),
      timeUs: nowUs,
    };
    this.received.push(seen);
    this.segmentArrived(seen);
  }

  pollTransmit(nowUs: number, slot: Slot): boolean {
    this.nowUs = nowUs;
    const index = this.outgoing.findIndex((one) => one.interfaceId === slot.interfaceId);
    const next = this.outgoing[index];
    if (next === undefined) return false;
    this.outgoing.splice(index, 1);
    slot.memory.u8.set(next.bytes, slot.offset);
    slot.length = next.bytes.length;
    return true;
  }

  nextTimeoutUs(): number {
    return Number.POSITIVE_INFINITY;
  }

  handleTimeout(nowUs: number): void {
    this.nowUs = nowUs;
  }

  pollEvent(): EventSocket | null {
    return null;
  }

  /** Shows in the ladder what the peer believes its end of the connection to be. */
  protected claim(segment: SeenSegment, from: string, to: string): void {
    this.observer?.observe({
      kind: 'state',
      timeUs: this.nowUs,
      connectionId: 0,
      localAddress: segment.to,
      localPort: segment.toPort,
      remoteAddress: segment.from,
      remotePort: segment.fromPort,
      from,
      to,
      cause: 'segment',
    });
  }

  /** A rule of the subclass's own; nothing by default. */
  protected segmentArrived(_segment: SeenSegment): void {}
}

/** True when all the named control bits are set. */
export function hasFlags(segment: SeenSegment, flags: string): boolean {
  const bits = flagBits(flags);
  return (segment.flags & bits) === bits;
}

function flagBits(text: string): number {
  let bits = 0;
  for (const name of text.split('+')) {
    const bit = FLAGS.get(name);
    if (bit === undefined && name !== '') throw new ArgumentError('flags', `'${name}' is no control bit`);
    bits |= bit ?? 0;
  }
  return bits;
}

function craft(segment: CraftedSegment, source: string): Uint8Array {
  const payload = typeof segment.payload === 'string' ? asciiBytes(segment.payload) : (segment.payload ?? []);
  const from = Address.parse(source);
  const to = Address.parse(segment.to);
  const headerLength = TCP_HEADER_LENGTH + (segment.mss === undefined ? 0 : 4);
  const length = headerLength + payload.length;
  const memory = new PlainPacketMemory(20 + length + 64);
  const packet = new IpPacket(memory);
  packet.setAddresses(from, to);
  packet.hopLimit = 64;
  packet.protocol = IpProtocol.tcp;
  packet.dontFragment = true;
  const at = emitIpv4Header(memory, 0, packet, 20 + length);
  const { fromPort, toPort, seq, ack = 0, window = 65_535, urgentPointer = 0 } = segment;
  const flags = flagBits(segment.flags);
  const end = emitTcpHeader(memory, at, fromPort, toPort, seq | 0, ack | 0, flags, window, urgentPointer, headerLength);
  if (segment.mss !== undefined) writeMss(memory, end, segment.mss);
  memory.u8.set(payload, at + headerLength);
  writeTcpChecksum(memory, at, length, pseudoHeaderSumOf(from, to, IpProtocol.tcp, length));
  return memory.u8.slice(0, 20 + length);
}

/** Octets of text in ASCII; what is not becomes `?`. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    bytes[at] = code < 128 ? code : 63;
  }
  return bytes;
}

/** Octets as text; what is not printable ASCII becomes `.`, line ends stay. */
export function asciiText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += (byte >= 32 && byte < 127) || byte === 10 || byte === 13 ? String.fromCharCode(byte) : '.';
  }
  return text;
}
