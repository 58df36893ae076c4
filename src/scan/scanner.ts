/**
 * A port scanner without input or output of its own: it stands where a stack would, at a driver's or in the simulator, speaks from an
 * address of its own and hands out a report per host. Hosts are taken in batches: looked for, then scanned in groups, one technique
 * after the other. Memory is bounded by the size of a group, whatever the range; what comes in is never trusted.
 */
import { Address, Prefix } from '../base/address.ts';
import { StateError } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { MacAddress } from '../base/mac-address.ts';
import { type RandomSource, SeededGenerator } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import {
  type AnswerContext,
  datagramForPass,
  echoForDiscovery,
  errorForDiscovery,
  errorForPass,
  segmentForDiscovery,
  segmentForPass,
} from './answers.ts';
import { ControlQueue } from './control-queue.ts';
import { ProbeCookie } from './cookie.ts';
import type { Discovery } from './discovery.ts';
import { LocalEnd } from './local-end.ts';
import { RateLimit } from './pace.ts';
import { PacketReader, ReplyKind } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';
import type { PortPass } from './port-pass.ts';
import { type HostReport, ScanCounters, type ScanProgress } from './report.ts';
import { ScanEvents } from './scan-events.ts';
import { planOf, type ScanOptions, type ScanPlan } from './scan-options.ts';
import { ScanSchedule } from './scan-schedule.ts';
import type { AddressIndex } from './target-host.ts';
import { udpPayload } from './udp-payloads.ts';

/** Bit of `takeEvents`: a report is ready. */
export const SCAN_REPORT = 1;
/** Bit of `takeEvents`: the scan is over. */
export const SCAN_END = 2;

/** One scan. Methods as a `Stack` has them, so that whatever drives a stack drives a scan. */
export class Scanner {
  readonly counters = new ScanCounters();
  private readonly plan: ScanPlan;
  private readonly events: ScanEvents;
  private readonly cookie: ProbeCookie;
  private readonly shuffler: SeededGenerator;
  private readonly control = new ControlQueue();
  private readonly maxRate: RateLimit;
  private local: LocalEnd | null = null;
  private writer: PacketWriter | null = null;
  private reader: PacketReader | null = null;
  private schedule: ScanSchedule | null = null;
  private startUs = -1;
  private nowUs = 0;
  /** The last call of `pollTransmit` gave a packet. */
  private hasMore = false;
  private isStopped = false;
  private isEndTold = false;
  private context: AnswerContext | null = null;

  /** @throws ArgumentError, see `planOf` */
  constructor(options: ScanOptions, random: RandomSource) {
    this.plan = planOf(options);
    this.events = new ScanEvents(this.plan.listener);
    this.cookie = new ProbeCookie(random);
    this.shuffler = new SeededGenerator(random.publicInt32());
    this.maxRate = new RateLimit(this.plan.timing.maxRate);
  }

  /** Tells which link the scan has. One only. @throws StateError for a second one, or Ethernet without a hardware address */
  addInterface(options: { readonly capabilities: LinkCapabilities; readonly mac?: MacAddress }): {
    readonly id: number;
  } {
    if (this.local !== null) throw new StateError('a scan has one interface');
    if (options.capabilities.medium === 'ethernet' && options.mac === undefined) {
      throw new StateError('an interface on Ethernet needs a hardware address: give mac');
    }
    this.local = new LocalEnd(options.capabilities, options.mac ?? new MacAddress(0, 0));
    return { id: 0 };
  }

  /** Adds an address of ours such as `10.0.0.9/24`. @throws ArgumentError, StateError without an interface */
  addAddress(_interfaceId: number, text: string): void {
    const network = Prefix.parse(text);
    this.end().addresses.push({ address: Address.parse(text.split('/')[0] ?? ''), network });
  }

  /** Adds a route; `gateway` null when the prefix is on the link. @throws ArgumentError, StateError without an interface */
  addRoute(prefix: string, gateway: string | null, _interfaceId: number): void {
    this.end().gateways.push({
      destination: Prefix.parse(prefix),
      gateway: gateway === null ? null : Address.parse(gateway),
    });
  }

  /** Takes in a frame. */
  receive(slot: Slot, nowUs: number): void {
    this.nowUs = nowUs;
    if (this.local === null) return;
    this.counters.receivedPackets++;
    this.counters.receivedBytes += slot.length;
    this.reader ??= new PacketReader(this.local, slot);
    this.arrived(this.reader, this.reader.read(slot), nowUs);
  }

  /** Writes the next frame that may go now; false when there is none. */
  pollTransmit(nowUs: number, slot: Slot): boolean {
    this.nowUs = nowUs;
    const { schedule } = this.running(nowUs);
    this.hasMore = this.sendControl(slot) || this.sendAtRate(schedule, slot, nowUs);
    if (!this.hasMore) return false;
    this.counters.sentPackets++;
    this.counters.sentBytes += slot.length;
    return true;
  }

  /** When `handleTimeout` must be called next, Infinity when never. */
  nextTimeoutUs(): number {
    if (this.local === null) return Number.POSITIVE_INFINITY;
    if (this.schedule === null) return 0;
    if (this.schedule.isFinished) return this.isFinished && !this.isEndTold ? this.nowUs : Number.POSITIVE_INFINITY;
    // Whoever took a packet asks for the next as soon as there is room for it: no time needs to pass.
    const dueUs = this.schedule.nextDueUs(this.nowUs, !this.hasMore);
    // What could be sent now waits for the rate.
    return dueUs <= this.nowUs ? Math.max(dueUs, this.maxRate.nextUs(this.nowUs)) : dueUs;
  }

  handleTimeout(nowUs: number): void {
    this.nowUs = nowUs;
    const { schedule } = this.running(nowUs);
    if (!schedule.isFinished) schedule.advance(nowUs);
  }

  /** Itself when there is news: a report is ready, or the scan is over. */
  pollEvent(): this | null {
    if (this.isFinished && !this.isEndTold) {
      this.isEndTold = true;
      return this;
    }
    return this.schedule?.takeNews() ? this : null;
  }

  /** SCAN_REPORT and SCAN_END bits, as of now. */
  takeEvents(): number {
    return (this.schedule?.hasReport ? SCAN_REPORT : 0) | (this.isFinished ? SCAN_END : 0);
  }

  /** The next report, or null when none is ready. */
  takeReport(): HostReport | null {
    return this.schedule?.takeReport() ?? null;
  }

  /** Everything is known and every reset we owe has left. */
  get isFinished(): boolean {
    return this.schedule?.isFinished === true && this.control.isEmpty;
  }

  /** Ends the scan now: what is known of the hosts under way is reported. */
  stop(nowUs: number): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.schedule?.stop(nowUs);
  }

  progress(nowUs: number): ScanProgress {
    const { schedule } = this;
    const elapsedUs = this.startUs < 0 ? 0 : nowUs - this.startUs;
    const share = schedule === null ? 0 : schedule.share;
    return {
      phase:
        schedule === null ? 'discovery' : schedule.isFinished ? 'done' : schedule.pass === null ? 'discovery' : 'ports',
      technique: schedule?.pass?.technique.name ?? null,
      hostsDone: schedule?.hostsDone ?? 0,
      hostsTotal: schedule?.hostsTotal ?? 0,
      hostsUp: schedule?.hostsUp ?? 0,
      share,
      elapsedUs,
      leftUs: share > 0.01 ? (elapsedUs * (1 - share)) / share : Number.POSITIVE_INFINITY,
    };
  }

  private end(): LocalEnd {
    if (this.local === null) throw new StateError('the scan has no interface yet; call addInterface first');
    return this.local;
  }

  /** The scan begins at the first call that tells the time. */
  private running(nowUs: number): { schedule: ScanSchedule } {
    if (this.schedule === null) {
      const local = this.end();
      this.startUs = nowUs;
      this.writer = new PacketWriter(local);
      this.schedule = new ScanSchedule(this.plan, local, this.shuffler, this.events);
      this.schedule.advance(nowUs);
    }
    return { schedule: this.schedule };
  }

  private arrived(reader: PacketReader, kind: number, nowUs: number): void {
    const { schedule, counters } = this;
    if (kind === ReplyKind.bad) counters.malformed++;
    else if (kind === ReplyKind.arpRequest || kind === ReplyKind.solicitation) this.answerNeighbor(reader, kind);
    else if (kind === ReplyKind.other || schedule === null) counters.unrelated++;
    else {
      const context = this.contextOf(reader, schedule.index);
      if (schedule.pass !== null) this.forPass(context, schedule.pass, kind, nowUs);
      else if (schedule.discovery !== null) this.forDiscovery(context, schedule.discovery, kind, nowUs);
      else counters.unrelated++;
    }
  }

  private forPass(context: AnswerContext, pass: PortPass, kind: number, nowUs: number): void {
    if (kind === ReplyKind.segment) segmentForPass(context, pass, nowUs);
    else if (kind === ReplyKind.datagram) datagramForPass(context, pass, nowUs);
    else if (kind === ReplyKind.icmpError) errorForPass(context, pass, nowUs);
    else this.counters.unrelated++;
    if (pass.isFinished) this.schedule?.advance(nowUs);
  }

  private forDiscovery(context: AnswerContext, discovery: Discovery, kind: number, nowUs: number): void {
    if (kind === ReplyKind.segment) segmentForDiscovery(context, discovery, nowUs);
    else if (kind === ReplyKind.echoReply) echoForDiscovery(context, discovery, nowUs);
    else if (kind === ReplyKind.icmpError) errorForDiscovery(context, discovery, nowUs);
    else if (kind === ReplyKind.arpReply || kind === ReplyKind.advertisement) {
      this.neighborArrived(context, discovery, kind, nowUs);
    } else this.counters.unrelated++;
    if (discovery.isFinished) this.schedule?.advance(nowUs);
  }

  private neighborArrived({ reader, index }: AnswerContext, discovery: Discovery, kind: number, nowUs: number): void {
    const { arp, ndp } = reader;
    const isArp = kind === ReplyKind.arpReply;
    const at = isArp
      ? index.find(4, 0, 0, 0xffff, arp.senderAddress)
      : index.find(6, ndp.target0, ndp.target1, ndp.target2, ndp.target3);
    const mac = isArp
      ? new MacAddress(arp.senderHardwareHigh, arp.senderHardwareLow)
      : new MacAddress(
          ndp.hasTargetLink ? ndp.targetLinkHigh : reader.sourceHigh,
          ndp.hasTargetLink ? ndp.targetLinkLow : reader.sourceLow,
        );
    const host = discovery.hosts[at];
    const probe = discovery.probes.find(({ way }) => way === 'neighbor');
    if (host === undefined || probe === undefined || mac.isGroup) this.counters.unrelated++;
    else if (discovery.neighborFound(at, mac, nowUs)) {
      this.counters.answers++;
      this.events.foundNeighbor(host, probe, mac, nowUs);
    } else this.counters.duplicates++;
  }

  /** Somebody asks who has our address: hosts do before they answer us. */
  private answerNeighbor(reader: PacketReader, kind: number): void {
    const { arp, ndp, packet } = reader;
    const local = this.end();
    const isArp = kind === ReplyKind.arpRequest;
    const own = isArp ? Address.v4(arp.targetAddress) : Address.v6(ndp.target0, ndp.target1, ndp.target2, ndp.target3);
    if (!local.isOwn(own.family, own.w0, own.w1, own.w2, own.w3)) return;
    const asker = isArp ? Address.v4(arp.senderAddress) : packet.sourceAddress();
    // RFC 4861 §7.2.4: who asks without an address of its own checks for duplicates; nobody waits for an answer there.
    if (asker.isUnspecified) return;
    const mac = isArp
      ? new MacAddress(arp.senderHardwareHigh, arp.senderHardwareLow)
      : new MacAddress(reader.sourceHigh, reader.sourceLow);
    this.control.push({ kind: 'neighbor', mac, own, asker });
  }

  private sendControl(slot: Slot): boolean {
    const frame = this.control.shift();
    if (frame === null || this.writer === null) return false;
    this.counters.controlDropped = this.control.dropped;
    if (frame.kind === 'neighbor') this.writer.neighborReply(slot, frame.mac, frame.own, frame.asker);
    else {
      const { host } = frame;
      if (host.source === null) return false;
      this.writer.segment(slot, host.mac, host.source, host.address, frame.numbers);
    }
    return true;
  }

  private sendAtRate(schedule: ScanSchedule, slot: Slot, nowUs: number): boolean {
    if (schedule.isFinished || this.maxRate.nextUs(nowUs) > nowUs) return false;
    if (!this.sendProbe(schedule, slot, nowUs)) return false;
    this.maxRate.sent();
    return true;
  }

  private sendProbe(schedule: ScanSchedule, slot: Slot, nowUs: number): boolean {
    const { pass, discovery } = schedule;
    if (pass !== null) return this.sendPortProbe(pass, slot, nowUs);
    return discovery !== null && this.sendDiscoveryProbe(discovery, slot, nowUs);
  }

  private sendPortProbe(pass: PortPass, slot: Slot, nowUs: number): boolean {
    if (!pass.choose(nowUs, this.isLate(nowUs))) return false;
    const { cookie, writer, counters } = this;
    const { technique, chosen, chosenPort: port, chosenTry: tryNumber } = pass;
    const host = chosen?.host;
    if (host === undefined || writer === null || host.source === null) return false;
    const isTcp = technique.protocol === 'tcp';
    cookie.compute(host.address, isTcp ? IpProtocol.tcp : IpProtocol.udp, port, tryNumber);
    counters.probes++;
    if (tryNumber > 0) counters.retries++;
    const payload = isTcp ? null : udpPayload(port);
    if (payload !== null) {
      writer.datagram(slot, host.mac, host.source, host.address, cookie.sourcePort, port, payload);
    } else {
      const { flags } = technique;
      writer.segment(slot, host.mac, host.source, host.address, {
        sourcePort: cookie.sourcePort,
        destinationPort: port,
        seq: cookie.seq,
        ack: (flags & TcpFlag.ack) !== 0 ? cookie.ack : 0,
        flags,
      });
    }
    this.events.sentToPort(technique, host, port, tryNumber, cookie, payload?.length ?? 0, nowUs);
    return true;
  }

  private sendDiscoveryProbe(discovery: Discovery, slot: Slot, nowUs: number): boolean {
    if (!discovery.choose(nowUs)) return false;
    const { cookie, writer } = this;
    const { chosen: host, chosenProbe: probe, chosenTry: tryNumber } = discovery;
    if (host === null || host.source === null || writer === null) return false;
    cookie.compute(host.address, probe.kind, probe.port, tryNumber);
    this.counters.probes++;
    if (tryNumber > 0) this.counters.retries++;
    if (probe.way === 'neighbor') writer.neighborRequest(slot, host.source, host.address);
    else if (probe.way === 'echo') writer.echo(slot, host.mac, host.source, host.address, cookie.seq);
    else {
      writer.segment(slot, host.mac, host.source, host.address, {
        sourcePort: cookie.sourcePort,
        destinationPort: probe.port,
        seq: cookie.seq,
        ack: (probe.flags & TcpFlag.ack) !== 0 ? cookie.ack : 0,
        flags: probe.flags,
      });
    }
    this.events.sentForDiscovery(probe, host, tryNumber, cookie, nowUs);
    return true;
  }

  /** Fewer probes went out than the least rate wants. */
  private isLate(nowUs: number): boolean {
    const { minRate } = this.plan.timing;
    return minRate > 0 && this.counters.probes < ((nowUs - this.startUs) / 1e6) * minRate;
  }

  private contextOf(reader: PacketReader, index: AddressIndex): AnswerContext {
    const { cookie, counters, control, events } = this;
    if (this.context?.index === index) return this.context;
    this.context = { reader, cookie, counters, control, events, index };
    return this.context;
  }
}
