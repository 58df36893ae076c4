/**
 * A network address translator: a link for bare IP packets with an inside (port 0) and an outside (port 1). IPv4 TCP, UDP
 * and ICMP echo leave with the public address and a port of the box; a mapping that was idle for too long is forgotten,
 * and what then comes for it is dropped in silence or refused. Mapping and filtering do not depend on the far end
 * (RFC 4787 section 4.1, RFC 5382, RFC 5508). Fragments and other protocols do not pass; they are counted.
 */
import { Address } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { computeChecksum, updateChecksum16, updateChecksum32 } from '../wire/checksum.ts';
import { FrameView } from '../wire/frame-view.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { completeChecksum, Segmenter, segmentedLength, wireSegments } from '../wire/segmentation.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { FrameFifo, FrameStore, NO_FRAME } from './frame-store.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';
import { type NatMapping, NatTable } from './nat-table.ts';
import { AnswerBuilder } from './rule-answers.ts';

/** The port of a `NatLink` that leads to the private network. */
export const NAT_INSIDE = 0;
/** The port of a `NatLink` that leads to the public network. */
export const NAT_OUTSIDE = 1;

/** How a box is made. */
export interface NatOptions {
  /** The IPv4 address seen from outside. */
  readonly publicAddress: string;
  /** Default 1500. */
  readonly mtu?: number;
  readonly delayUs?: number;
  /** After so long without a packet a mapping is forgotten. Defaults: 7440 s, 300 s, 60 s. */
  readonly tcpIdleMs?: number;
  readonly udpIdleMs?: number;
  readonly icmpIdleMs?: number;
  /** For TCP connections that were reset or closed from both sides; default 240 s. */
  readonly tcpClosingIdleMs?: number;
  /** What a TCP segment without a mapping gets, SYNs from inside apart: silence (default) or a reset. */
  readonly forgotten?: 'drop' | 'rst';
  /** Most mappings at a time, default 4096. */
  readonly maxMappings?: number;
}

/** What the box did. */
export interface NatCounters {
  translatedOut: number;
  translatedIn: number;
  /** Packets for a mapping that is not there. */
  unmapped: number;
  refused: number;
  /** Mappings that ran out. */
  expired: number;
  /** Fragments, IPv6, protocols it does not know, TTL at its end. */
  unsupported: number;
  tableFull: number;
}

/** The box. */
export class NatLink implements Link {
  readonly capabilities;
  readonly portCount = 2;
  readonly statistics: LinkStatistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  readonly counters: NatCounters = {
    translatedOut: 0,
    translatedIn: 0,
    unmapped: 0,
    refused: 0,
    expired: 0,
    unsupported: 0,
    tableFull: 0,
  };
  private readonly publicWord: number;
  private readonly delayUs: number;
  private readonly refuses: boolean;
  private readonly table: NatTable;
  private readonly store: FrameStore;
  private readonly fifo: FrameFifo;
  private readonly slot = Slot.allocate(64, false);
  private readonly view = new FrameView();
  private readonly inner = new FrameView();
  private readonly answers = new AnswerBuilder('ip');
  private segmenter: Segmenter | null = null;

  /** @throws ArgumentError */
  constructor(options: NatOptions) {
    const mtu = checkInteger('mtu', options.mtu ?? 1500, 68, 65535);
    this.capabilities = plainCapabilities('ip', mtu);
    const publicAddress = Address.parse(options.publicAddress);
    if (publicAddress.family !== 4) {
      throw new ArgumentError('publicAddress', `must be an IPv4 address, got ${options.publicAddress}`);
    }
    this.publicWord = publicAddress.w3;
    this.delayUs = checkInteger('delayUs', options.delayUs ?? 0, 0, Number.MAX_SAFE_INTEGER);
    this.refuses = options.forgotten === 'rst';
    this.table = new NatTable({
      tcpIdleUs: idleUs('tcpIdleMs', options.tcpIdleMs ?? 7_440_000),
      tcpClosingIdleUs: idleUs('tcpClosingIdleMs', options.tcpClosingIdleMs ?? 240_000),
      udpIdleUs: idleUs('udpIdleMs', options.udpIdleMs ?? 300_000),
      icmpIdleUs: idleUs('icmpIdleMs', options.icmpIdleMs ?? 60_000),
      maxMappings: checkInteger('maxMappings', options.maxMappings ?? 4096, 1, 60_000),
    });
    const slabBytes = Math.max(64 * 1024, mtu + 256);
    this.store = new FrameStore({ maxFrames: 4096, maxBytes: 16 << 20, slabBytes, ethernet: false });
    this.fifo = new FrameFifo(this.store);
  }

  /** Mappings not yet forgotten at `nowUs`. */
  mappingCount(nowUs: number): number {
    this.counters.expired += this.table.sweep(nowUs);
    return this.table.size;
  }

  /** Forgets everything at once, as a box that was switched off and on. */
  forgetAll(): void {
    this.table.clear();
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    if (!this.store.hasRoom(2 + wireSegments(slot), 2 * segmentedLength(slot))) return false;
    if (slot.gsoSize === 0) return this.take(port, slot, nowUs);
    this.segmenter ??= new Segmenter('ip');
    if (!this.segmenter.begin(slot)) return this.drop();
    for (let part = this.segmenter.next(); part !== null; part = this.segmenter.next()) this.take(port, part, nowUs);
    return true;
  }

  nextTimeoutUs(): number {
    return this.fifo.dueUs;
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    let delivered = 0;
    for (; delivered < budget; delivered++) {
      const frame = this.fifo.shiftDue(nowUs);
      if (frame === NO_FRAME) break;
      this.store.load(frame, this.slot);
      this.statistics.deliveredFrames++;
      sink.frameArrived(this.store.tag[frame]!, this.slot);
      this.store.release(frame);
    }
    return delivered;
  }

  private take(port: number, slot: Slot, nowUs: number): true {
    this.statistics.sentFrames++;
    const frame = slot.length > this.capabilities.mtu ? NO_FRAME : this.store.add(slot);
    if (frame === NO_FRAME) return this.drop();
    this.store.load(frame, this.slot);
    completeChecksum(this.slot);
    this.store.describe(frame, this.slot);
    const passes = port === NAT_INSIDE ? this.translateOut(nowUs) : this.translateIn(nowUs);
    if (passes) {
      this.queue(frame, 1 - port, nowUs);
      return true;
    }
    this.store.release(frame);
    return this.drop();
  }

  private drop(): true {
    this.statistics.droppedFrames++;
    return true;
  }

  private queue(frame: number, toPort: number, nowUs: number): void {
    this.store.tag[frame] = toPort;
    this.store.dueUs[frame] = nowUs + this.delayUs;
    this.fifo.push(frame);
  }

  private translateOut(nowUs: number): boolean {
    const { view, table } = this;
    if (!this.canTranslate()) return false;
    const source = view.memory.view.getInt32(view.ipStart + 12);
    const port = this.isIcmp ? this.echoId : view.sourcePort;
    if (this.isIcmp && view.icmpType !== 8) return this.unsupported();
    let mapping = table.findInside(view.protocol, source, port, nowUs);
    if (mapping === null) {
      if (view.protocol === IpProtocol.tcp && (view.flags & TcpFlag.syn) === 0) return this.refuse(NAT_INSIDE, nowUs);
      mapping = table.add(view.protocol, source, port, nowUs);
      if (mapping === null) {
        this.counters.tableFull++;
        return false;
      }
    }
    this.touch(mapping, NAT_INSIDE, nowUs);
    this.rewrite(view.ipStart + 12, this.publicWord, this.isIcmp ? 4 : 0, mapping.publicPort);
    this.counters.translatedOut++;
    return true;
  }

  private translateIn(nowUs: number): boolean {
    const { view, table } = this;
    if (!this.canTranslate()) return false;
    if (view.memory.view.getInt32(view.ipStart + 16) !== this.publicWord) return this.unsupported();
    if (this.isIcmp && view.icmpType !== 0) return this.translateIcmpError(nowUs);
    const port = this.isIcmp ? this.echoId : view.destinationPort;
    const mapping = table.findOutside(view.protocol, port, nowUs);
    if (mapping === null) return this.refuse(NAT_OUTSIDE, nowUs);
    this.touch(mapping, NAT_OUTSIDE, nowUs);
    this.rewrite(view.ipStart + 16, mapping.insideAddress, this.isIcmp ? 4 : 2, mapping.insidePort);
    this.counters.translatedIn++;
    return true;
  }

  /** RFC 5508 §4.2: an ICMP error for a mapped packet goes to the inside, its quotation translated back. */
  private translateIcmpError(nowUs: number): boolean {
    const { view, inner } = this;
    const { memory } = view;
    if (![3, 4, 11, 12].includes(view.icmpType)) return this.unsupported();
    if (!inner.lookAt(memory, view.payloadStart, view.ipEnd, 'ip') || inner.family !== 4) return this.unsupported();
    // Only eight bytes of the quoted transport header are certain: the source port is in the first two.
    const at = inner.transportStart;
    if (at + 8 > view.ipEnd || memory.view.getInt32(inner.ipStart + 12) !== this.publicWord) return this.unsupported();
    const portAt = inner.protocol === IpProtocol.icmp ? at + 4 : at;
    const mapping = this.table.findOutside(inner.protocol, memory.view.getUint16(portAt), nowUs);
    if (mapping === null) return this.refuse(NAT_OUTSIDE, nowUs);
    memory.view.setInt32(inner.ipStart + 12, mapping.insideAddress);
    memory.view.setUint16(inner.ipStart + 10, 0);
    const headerLength = at - inner.ipStart;
    memory.view.setUint16(inner.ipStart + 10, computeChecksum(memory, inner.ipStart, headerLength, 0));
    memory.view.setUint16(portAt, mapping.insidePort);
    this.rewriteAddress(view.ipStart + 16, mapping.insideAddress);
    const length = view.ipEnd - view.transportStart;
    memory.view.setUint16(view.transportStart + 2, 0);
    memory.view.setUint16(view.transportStart + 2, computeChecksum(memory, view.transportStart, length, 0));
    this.counters.translatedIn++;
    return true;
  }

  private get isIcmp(): boolean {
    return this.view.protocol === IpProtocol.icmp;
  }

  private get echoId(): number {
    return this.view.memory.view.getUint16(this.view.transportStart + 4);
  }

  private canTranslate(): boolean {
    const { view } = this;
    if (!view.look(this.slot, 'ip') || view.family !== 4 || view.isFragment || !view.hasTransport) {
      return this.unsupported();
    }
    return view.memory.u8[view.ipStart + 8]! > 1 || this.unsupported();
  }

  private unsupported(): false {
    this.counters.unsupported++;
    return false;
  }

  /** A packet without a mapping: silence, or a reset towards its sender. */
  private refuse(port: number, nowUs: number): false {
    this.counters.unmapped++;
    if (!this.refuses || this.view.protocol !== IpProtocol.tcp) return false;
    const answer = this.answers.answer(this.view, 'rst', 0, null);
    const frame = answer === null ? NO_FRAME : this.store.add(answer);
    if (frame === NO_FRAME) return false;
    this.counters.refused++;
    this.queue(frame, port, nowUs);
    return false;
  }

  private touch(mapping: NatMapping, fromPort: number, nowUs: number): void {
    mapping.usedUs = nowUs;
    if (this.view.protocol !== IpProtocol.tcp) return;
    const { flags } = this.view;
    if ((flags & TcpFlag.syn) !== 0) mapping.finSeen = 0;
    if ((flags & TcpFlag.fin) !== 0) mapping.finSeen |= 1 << fromPort;
    if ((flags & TcpFlag.rst) !== 0) mapping.finSeen = 3;
  }

  /** Puts address and port in, takes one from the TTL, keeps the checksums right by difference (RFC 1624). */
  private rewrite(addressAt: number, address: number, portOffset: number, port: number): void {
    const { view } = this;
    const bytes = view.memory.view;
    const portAt = view.transportStart + portOffset;
    const checksumAt = view.transportStart + (this.isIcmp ? 2 : view.protocol === IpProtocol.tcp ? 16 : 6);
    const addressBefore = bytes.getInt32(addressAt);
    const portBefore = bytes.getUint16(portAt);
    bytes.setUint16(portAt, port);
    this.rewriteAddress(addressAt, address);
    const before = bytes.getUint16(checksumAt);
    // RFC 3022 §4.1: a UDP checksum of zero says that there is none.
    if (before === 0 && view.protocol === IpProtocol.udp) return;
    let checksum = updateChecksum16(before, portBefore, port);
    if (!this.isIcmp) checksum = updateChecksum32(checksum, addressBefore, address);
    bytes.setUint16(checksumAt, checksum === 0 && view.protocol === IpProtocol.udp ? 0xffff : checksum);
  }

  private rewriteAddress(addressAt: number, address: number): void {
    const { view } = this;
    const { memory } = view;
    memory.view.setInt32(addressAt, address);
    memory.u8[view.ipStart + 8]!--;
    memory.view.setUint16(view.ipStart + 10, 0);
    const headerLength = view.transportStart - view.ipStart;
    memory.view.setUint16(view.ipStart + 10, computeChecksum(memory, view.ipStart, headerLength, 0));
  }
}

function idleUs(name: string, idleMs: number): number {
  if (idleMs >= 0) return idleMs * 1000;
  throw new ArgumentError(name, `must be at least 0 milliseconds, got ${String(idleMs)}`);
}
