/**
 * Reads packets as they pass and raises named events: scans, floods, storms. It needs no side: what is a try and what an answer is seen
 * from the packets themselves, so that it works on a host, on a link or on a capture. Memory is bounded whatever comes; whom a flood of
 * invented senders pushes out of the tables may go unnoticed, the flood does not.
 */
import { Address } from '../base/address.ts';
import { SipHash } from '../base/keyed-hash.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { RandomSource } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import { ArpOperation, ArpPacket, parseArp } from '../wire/arp.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { EtherType } from '../wire/ethernet.ts';
import { FrameView } from '../wire/frame-view.ts';
import { IcmpType, IcmpUnreachableCode } from '../wire/icmp.ts';
import { Icmpv6Type, Icmpv6UnreachableCode } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseQuotedPacket } from '../wire/quoted-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { TriedAndAnswered } from './distinct.ts';
import { RecentTable } from './recent.ts';
import { type DetectionSettings, detectionSettings } from './settings.ts';

export type DetectionKind = 'syn-flood' | 'vertical-scan' | 'horizontal-scan' | 'rst-storm' | 'half-open';

/** Something that looks like an attack. */
export interface DetectionEvent {
  readonly kind: DetectionKind;
  readonly timeUs: number;
  /** Who does it; null where senders are many or invented. */
  readonly source: string | null;
  /** Whom it meets; null where they are many. */
  readonly target: string | null;
  /** The port it is about, 0 for none. */
  readonly port: number;
  /** Ports, hosts, unfinished handshakes or resets, about, in the window so far. */
  readonly count: number;
}

/** Events that wait to be taken, at most. */
const EVENTS_MAX = 256;
const SOURCE_BITS = 256;
const SERVICE_BITS = 1 << 15;
/** Where hosts draw their own ports: what comes there answers them. */
const EPHEMERAL_FIRST = 32_768;
const EPHEMERAL_LAST = 60_999;

class Source {
  windowUs = 0;
  readonly ports = new TriedAndAnswered(SOURCE_BITS);
  readonly hosts = new TriedAndAnswered(SOURCE_BITS);
  clear(): void {
    this.ports.clear();
    this.hosts.clear();
  }
}

class Service {
  windowUs = 0;
  /** Unfinished handshakes of the window before. */
  before = 0;
  readonly flows = new TriedAndAnswered(SERVICE_BITS);
  clear(): void {
    this.flows.clear();
    this.before = 0;
  }
}

class HostCount {
  windowUs = 0;
  resets = 0;
  segments = 0;
  clear(): void {
    this.resets = 0;
    this.segments = 0;
  }
}

/** Somebody on the network, and the name of it in tables and bitmaps. */
interface Party {
  readonly address: Address;
  readonly key: number;
}

const KINDS: readonly DetectionKind[] = ['syn-flood', 'vertical-scan', 'horizontal-scan', 'rst-storm', 'half-open'];

const makeSource = (): Source => new Source();
const makeService = (): Service => new Service();
const makeHostCount = (): HostCount => new HostCount();

/** One detector; frames of any number of hosts may pass it. */
export class TrafficDetector {
  readonly settings: DetectionSettings;
  /** Events that nobody took in time. */
  droppedEvents = 0;
  private readonly hash: SipHash;
  private readonly words = new Int32Array(5);
  private readonly view = new FrameView();
  private readonly arp = new ArpPacket();
  private quoted: IpPacket | null = null;
  /** Whose key was asked for last, and before that. */
  private readonly lately: Party[] = [];
  private readonly sources: RecentTable<Source>;
  private readonly services: RecentTable<Service>;
  private readonly hosts: RecentTable<HostCount>;
  /** When an event was last raised, by kind and whom it is about. */
  private readonly raised = new Map<number, number>();
  private events: DetectionEvent[] = [];

  /** @throws ArgumentError for settings out of range */
  constructor(random: RandomSource, changes: Partial<DetectionSettings> = {}) {
    this.settings = detectionSettings(changes);
    this.hash = SipHash.keyedBy(random, 1, 3);
    this.sources = new RecentTable(this.settings.sourcesMax);
    this.services = new RecentTable(this.settings.servicesMax);
    this.hosts = new RecentTable(this.settings.sourcesMax);
  }

  /** Looks at a frame that passes. Never throws; what cannot be read is nobody's. */
  frameSeen(timeUs: number, slot: Slot, medium: LinkMedium): void {
    const { view } = this;
    if (!view.look(slot, medium)) {
      if (view.etherType === EtherType.arp) this.arpSeen(timeUs);
      return;
    }
    if (!view.hasTransport) return;
    if (view.protocol === IpProtocol.tcp) this.segmentSeen(timeUs, slot.gsoSize);
    else if (view.protocol === IpProtocol.udp) this.datagramSeen(timeUs);
    else if (view.protocol === IpProtocol.icmp || view.protocol === IpProtocol.icmpv6) this.errorSeen(timeUs);
  }

  /** The events since the last call, oldest first. */
  takeEvents(): DetectionEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  /** @param gsoSize of a super-segment, which counts as the segments it will be cut into; 0 of any other */
  private segmentSeen(timeUs: number, gsoSize: number): void {
    const { view } = this;
    const segments = gsoSize === 0 ? 1 : Math.ceil(view.payloadLength / gsoSize);
    const { flags } = view;
    const isReset = (flags & TcpFlag.rst) !== 0;
    const hasAck = (flags & TcpFlag.ack) !== 0;
    const isSyn = (flags & TcpFlag.syn) !== 0;
    const from = this.partyOf(view.sourceAddress());
    const to = this.partyOf(view.destinationAddress());
    this.countReset(timeUs, isReset, segments, from);
    this.countReset(timeUs, isReset, segments, to);
    if (isReset) {
      // RFC 9293 §3.5.2: a reset without ACK answers a segment that had one, and no connection.
      if (!hasAck && !isEphemeral(view.sourcePort)) this.triedPort(timeUs, to, from, view.sourcePort);
      return;
    }
    if (!hasAck) {
      this.triedPort(timeUs, from, to, view.destinationPort);
      if (isSyn) this.judgeService(timeUs, to, view.destinationPort, this.place(from.address, view.sourcePort));
      return;
    }
    if (isSyn) this.answeredPort(timeUs, to, from, view.sourcePort);
    else {
      const service = this.services.peek(this.place(to.address, view.destinationPort));
      service?.flows.answer(this.place(from.address, view.sourcePort));
    }
  }

  /** A datagram to a service is a try, one from it an answer. */
  private datagramSeen(timeUs: number): void {
    const { view } = this;
    const { sourcePort, destinationPort } = view;
    const from = this.partyOf(view.sourceAddress());
    const to = this.partyOf(view.destinationAddress());
    if (to.address.isMulticast || to.address.isLimitedBroadcast) return;
    if (!isEphemeral(destinationPort)) this.triedPort(timeUs, from, to, destinationPort);
    if (!isEphemeral(sourcePort)) this.answeredPort(timeUs, to, from, sourcePort);
  }

  /** The answer to a datagram for a port that nobody has. */
  private errorSeen(timeUs: number): void {
    const { view } = this;
    const isV4 = view.protocol === IpProtocol.icmp;
    const isPort = isV4
      ? view.icmpType === IcmpType.destinationUnreachable && view.icmpCode === IcmpUnreachableCode.port
      : view.icmpType === Icmpv6Type.destinationUnreachable && view.icmpCode === Icmpv6UnreachableCode.port;
    if (!isPort) return;
    const { memory, payloadStart, payloadLength } = view;
    this.quoted ??= new IpPacket(memory);
    const { quoted } = this;
    if (parseQuotedPacket(memory, payloadStart, payloadStart + payloadLength, quoted) !== 0) return;
    if (quoted.payloadLength < 4) return;
    const port = memory.view.getUint16(quoted.payloadOffset + 2);
    if (isEphemeral(port)) return;
    this.triedPort(timeUs, this.partyOf(quoted.sourceAddress()), this.partyOf(quoted.destinationAddress()), port);
  }

  private arpSeen(timeUs: number): void {
    const { arp, view } = this;
    if (parseArp(view.memory, view.ipStart, view.frameEnd, arp) !== DropReason.none) return;
    if (arp.operation > ArpOperation.reply) return;
    const isRequest = arp.operation === ArpOperation.request;
    const source = isRequest ? arp.senderAddress : arp.targetAddress;
    const other = isRequest ? arp.targetAddress : arp.senderAddress;
    // Who announces itself asks for nobody.
    if (source === 0 || source === other) return;
    const from = this.partyOf(Address.v4(source));
    const { hosts } = this.source(timeUs, from);
    const place = this.place(Address.v4(other), 0);
    if (isRequest) hosts.try(place);
    else hosts.answer(place);
    this.judgeHosts(timeUs, from, hosts.inVain);
  }

  private triedPort(timeUs: number, from: Party, to: Party, port: number): void {
    const entry = this.source(timeUs, from);
    entry.ports.try(this.place(to.address, port));
    entry.hosts.try(to.key);
    this.judgeHosts(timeUs, from, entry.hosts.inVain);
    const ports = entry.ports.inVain;
    if (ports < this.settings.verticalPorts || entry.hosts.inVain >= this.settings.horizontalHosts) return;
    this.raise('vertical-scan', timeUs, from, to, 0, ports);
  }

  private answeredPort(timeUs: number, from: Party, to: Party, port: number): void {
    const entry = this.source(timeUs, from);
    entry.ports.answer(this.place(to.address, port));
    entry.hosts.answer(to.key);
  }

  private judgeHosts(timeUs: number, source: Party, count: number): void {
    if (count >= this.settings.horizontalHosts)
      this.raise('horizontal-scan', timeUs, source, null, this.view.destinationPort, count);
  }

  /** One more SYN for a port; `place` is the connection's. */
  private judgeService(timeUs: number, target: Party, port: number, place: number): void {
    const { flows, before } = this.service(timeUs, this.place(target.address, port));
    flows.try(place);
    const count = flows.inVain;
    const { synFlood, halfOpen } = this.settings;
    if (count >= synFlood) this.raise('syn-flood', timeUs, null, target, port, count);
    else if (count >= halfOpen && before >= halfOpen)
      this.raise('half-open', timeUs, null, target, port, count + before);
  }

  private countReset(timeUs: number, isReset: boolean, segments: number, party: Party): void {
    const entry = this.entry(this.hosts, party.key, timeUs, makeHostCount);
    entry.segments += segments;
    if (!isReset) return;
    entry.resets++;
    const isStorm = entry.resets >= this.settings.rstStorm && entry.resets * 4 >= entry.segments;
    if (isStorm) this.raise('rst-storm', timeUs, null, party, 0, entry.resets);
  }

  private source(timeUs: number, party: Party): Source {
    return this.entry(this.sources, party.key, timeUs, makeSource);
  }

  private service(timeUs: number, key: number): Service {
    const known = this.services.peek(key);
    const windowUs = this.settings.windowMs * 1000;
    if (known !== null && timeUs - known.windowUs >= windowUs) {
      const count = timeUs - known.windowUs < 2 * windowUs ? known.flows.inVain : 0;
      known.clear();
      known.before = count;
      known.windowUs = timeUs;
    }
    return this.entry(this.services, key, timeUs, makeService);
  }

  /** The entry of a key in the present window. */
  private entry<T extends { windowUs: number; clear(): void }>(
    table: RecentTable<T>,
    key: number,
    timeUs: number,
    make: () => T,
  ): T {
    const entry = table.take(key, make);
    if (table.isNew) entry.windowUs = timeUs;
    else if (timeUs - entry.windowUs >= this.settings.windowMs * 1000) {
      entry.clear();
      entry.windowUs = timeUs;
    }
    return entry;
  }

  /** An event, unless the same was raised a short while ago. */
  private raise(
    kind: DetectionKind,
    timeUs: number,
    source: Party | null,
    target: Party | null,
    port: number,
    count: number,
  ): void {
    // Whose event it is: the one who does it, or the one it is done to; both for a scan of one host.
    const key = ((source?.key ?? 0) ^ Math.imul(target?.key ?? 0, 3)) + Math.imul(KINDS.indexOf(kind), 0x9e3779b1);
    const lastUs = this.raised.get(key | 0);
    if (lastUs !== undefined && timeUs - lastUs < this.settings.quietMs * 1000) return;
    this.raised.delete(key | 0);
    this.raised.set(key | 0, timeUs);
    if (this.raised.size > EVENTS_MAX)
      for (const oldest of this.raised.keys()) {
        this.raised.delete(oldest);
        break;
      }
    if (this.events.length >= EVENTS_MAX) {
      this.droppedEvents++;
      return;
    }
    const [from, to] = [source?.address.toString() ?? null, target?.address.toString() ?? null];
    this.events.push({ kind, timeUs, source: from, target: to, port, count });
  }

  /** Packets mostly go to and fro between the same two. */
  private partyOf(address: Address): Party {
    const [last, other] = this.lately;
    if (last?.address.equals(address)) return last;
    if (other?.address.equals(address)) return other;
    const party = { address, key: this.place(address, 0) };
    this.lately[0] = party;
    this.lately[1] = last ?? party;
    return party;
  }

  /** A place in a bitmap that nobody outside can choose. */
  private place({ w0, w1, w2, w3 }: Address, port: number): number {
    const { words } = this;
    words[0] = port;
    words[1] = w0;
    words[2] = w1;
    words[3] = w2;
    words[4] = w3;
    return this.hash.hashWords(words, words.length);
  }
}

function isEphemeral(port: number): boolean {
  return port >= EPHEMERAL_FIRST && port <= EPHEMERAL_LAST;
}
