/**
 * Which of a batch of hosts are there: on our own Ethernet by asking for their hardware address (RFC 826, RFC 4861), which no firewall
 * refuses; elsewhere by an echo request, a SYN to port 443 and an ACK to port 80, any answer to which shows a host.
 */
import type { MacAddress } from '../base/mac-address.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import type { ProbeCookie } from './cookie.ts';
import type { DiscoveryProbe } from './discovery-probe.ts';
import { ProbeWindow } from './pace.ts';
import type { ReasonName } from './port-state.ts';
import { NumberQueue } from './probe-store.ts';
import type { ScanEvents } from './scan-events.ts';
import type { TargetHost } from './target-host.ts';
import type { Timing } from './timing.ts';

const ECHO: DiscoveryProbe = { way: 'echo', kind: 0x80 | IpProtocol.icmp, port: 0, flags: 0 };
const SYN: DiscoveryProbe = { way: 'syn', kind: 0x80 | IpProtocol.tcp, port: 443, flags: TcpFlag.syn };
const ACK: DiscoveryProbe = { way: 'ack', kind: 0x80 | IpProtocol.tcp, port: 80, flags: TcpFlag.ack };
const NEIGHBOR: DiscoveryProbe = { way: 'neighbor', kind: 0x80, port: 0, flags: 0 };

const FAR: readonly DiscoveryProbe[] = [ECHO, SYN, ACK];
const NEAR: readonly DiscoveryProbe[] = [NEIGHBOR];

/** Tries per host; a host that never answers costs so many timeouts. */
const TRIES = 2;
/** Neighbors answer at once or not at all. */
const NEIGHBOR_TIMEOUT_US = 500_000;

/** The search, for one batch of hosts. */
export class Discovery {
  readonly hosts: readonly TargetHost[];
  readonly probes: readonly DiscoveryProbe[];
  readonly window: ProbeWindow;
  /** Hosts decided. */
  resolved = 0;
  /** The probe `choose` found. */
  chosen: TargetHost | null = null;
  chosenProbe: DiscoveryProbe = ECHO;
  chosenTry = 0;
  private readonly events: ScanEvents;
  private readonly timeoutUs: number;
  /** Hosts to be asked, by number, and the probes of the present one that went out. */
  private readonly waiting = new NumberQueue();
  private current = -1;
  private sentOfCurrent = 0;
  /** Hosts whose time runs, in the order of asking. */
  private readonly asked = new NumberQueue();
  private readonly askedUs: Float64Array;
  private readonly tries: Uint8Array;
  private readonly onTheWay: Uint8Array;
  private oldest = -1;

  /** @param isNear they are on our link */
  constructor(hosts: readonly TargetHost[], isNear: boolean, timing: Timing, events: ScanEvents) {
    this.events = events;
    this.hosts = hosts;
    this.probes = isNear ? NEAR : FAR;
    this.timeoutUs = isNear ? Math.min(timing.initialRtoUs, NEIGHBOR_TIMEOUT_US) : timing.initialRtoUs;
    this.window = new ProbeWindow(timing, isNear ? 12 : 5);
    this.askedUs = new Float64Array(hosts.length);
    this.tries = new Uint8Array(hosts.length);
    this.onTheWay = new Uint8Array(hosts.length);
    for (let index = 0; index < hosts.length; index++) this.waiting.push(index);
  }

  get isFinished(): boolean {
    return this.resolved === this.hosts.length;
  }

  choose(nowUs: number): boolean {
    while (this.current < 0 || this.hosts[this.current]?.state !== 'unknown') {
      if (this.waiting.length === 0 || !this.window.hasRoom) {
        this.endCurrent(nowUs);
        return false;
      }
      this.endCurrent(nowUs);
      this.current = this.waiting.shift();
      this.sentOfCurrent = 0;
      if (this.hosts[this.current]?.state !== 'unknown') continue;
      this.window.inFlight++;
      this.onTheWay[this.current] = 1;
      this.tries[this.current]!++;
    }
    const probe = this.probes[this.sentOfCurrent];
    if (probe === undefined) {
      this.endCurrent(nowUs);
      return this.choose(nowUs);
    }
    this.sentOfCurrent++;
    this.chosen = this.hosts[this.current] ?? null;
    this.chosenProbe = probe;
    this.chosenTry = this.tries[this.current]! - 1;
    this.askedUs[this.current] = nowUs;
    if (this.sentOfCurrent === this.probes.length) this.endCurrent(nowUs);
    return true;
  }

  /** Which try had these numbers: `cookie` holds them then; -1: none. */
  tryWith(cookie: ProbeCookie, index: number, probe: DiscoveryProbe, isIt: (cookie: ProbeCookie) => boolean): number {
    const host = this.hosts[index];
    if (host === undefined) return -1;
    for (let tryNumber = this.tries[index]! - 1; tryNumber >= 0; tryNumber--) {
      cookie.compute(host.address, probe.kind, probe.port, tryNumber);
      if (isIt(cookie)) return tryNumber;
    }
    return -1;
  }

  /** The host answered try `tryNumber`. False when that was known. */
  found(index: number, tryNumber: number, reason: ReasonName, hopLimit: number, nowUs: number): boolean {
    const host = this.hosts[index];
    if (host === undefined || host.state !== 'unknown') return false;
    if (tryNumber === this.tries[index]! - 1) host.roundTrip.sample(Math.max(0, nowUs - this.askedUs[index]!));
    host.decide('up', reason, hopLimit);
    this.settle(index);
    this.window.answered();
    return true;
  }

  /** A neighbor said its hardware address. False when it was not asked. */
  neighborFound(index: number, mac: MacAddress, nowUs: number): boolean {
    const host = this.hosts[index];
    if (host === undefined || this.tries[index] === 0) return false;
    host.mac = mac;
    host.ownMac = mac;
    return this.found(
      index,
      this.tries[index]! - 1,
      host.address.family === 4 ? 'arp-response' : 'nd-response',
      0,
      nowUs,
    );
  }

  /** Somebody on the way says that the host cannot be reached. */
  unreachable(index: number, reason: ReasonName, hopLimit: number): boolean {
    const host = this.hosts[index];
    if (host === undefined || host.state !== 'unknown') return false;
    host.decide('down', reason, hopLimit);
    this.settle(index);
    return true;
  }

  expire(nowUs: number): void {
    for (let index = this.head(); index >= 0; index = this.head()) {
      if (this.hosts[index]?.state !== 'unknown') {
        this.oldest = -1;
        continue;
      }
      if (this.askedUs[index]! + this.timeoutUs > nowUs) return;
      this.oldest = -1;
      this.leave(index);
      this.window.silent();
      if (this.tries[index]! < TRIES) {
        this.waiting.push(index);
        continue;
      }
      const host = this.hosts[index]!;
      host.decide('down', 'no-response', 0);
      this.resolved++;
      for (const probe of this.probes) this.events.hostSilent(host, probe, TRIES, nowUs);
    }
  }

  /** As `PortPass.nextDueUs`. */
  nextDueUs(nowUs: number, canSend: boolean): number {
    if (canSend && (this.current >= 0 || (this.waiting.length > 0 && this.window.hasRoom))) return nowUs;
    const index = this.head();
    return index < 0 ? Number.POSITIVE_INFINITY : this.askedUs[index]! + this.timeoutUs;
  }

  /** Nothing more is asked: what is not known is down. */
  abandon(): void {
    for (const host of this.hosts) if (host.state === 'unknown') host.decide('down', 'no-response', 0);
    this.resolved = this.hosts.length;
  }

  private head(): number {
    if (this.oldest < 0) this.oldest = this.asked.shift();
    return this.oldest;
  }

  private endCurrent(nowUs: number): void {
    if (this.current < 0) return;
    if (this.sentOfCurrent > 0 && this.hosts[this.current]?.state === 'unknown') {
      this.askedUs[this.current] = nowUs;
      this.asked.push(this.current);
    }
    this.current = -1;
  }

  private settle(index: number): void {
    this.resolved++;
    this.leave(index);
  }

  private leave(index: number): void {
    if (this.onTheWay[index] === 0) return;
    this.onTheWay[index] = 0;
    this.window.inFlight--;
  }
}
