/**
 * Which frames a rule means, as plain data: it can be snapshotted, printed and sent. Compiled once, so that matching
 * is a row of comparisons.
 */
import { type Address, Prefix } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { FrameView } from '../wire/frame-view.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/** A test of the user's own; a class instance, because rules are part of a network's snapshot. */
export interface FramePredicate {
  /** @param port where the frame was sent from */
  matches(view: FrameView, port: number): boolean;
}

/** All that is given must hold; nothing given matches every frame. */
export interface FrameMatch {
  /** The port the frame is sent from: the direction. */
  readonly port?: number;
  /** `tcp`, `udp`, `icmp` (both versions), `arp`, or an IP protocol number. */
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'arp' | number;
  /** TCP control bits that must be set, or with `!` clear: `SYN+ACK`, `SYN+!ACK`, `FIN`. */
  readonly flags?: string;
  /** An address or prefix such as `10.0.1.1` or `10.0.0.0/8`. */
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** Bytes behind the transport header. */
  readonly payloadMin?: number;
  readonly payloadMax?: number;
  /** Only these of the frames that fit, counted from 1. */
  readonly nth?: number | readonly number[];
  /** Only the first so many that fit. */
  readonly first?: number;
  /** Asked last, when everything else fits. */
  readonly predicate?: FramePredicate;
}

const FLAGS: Readonly<Record<string, number>> = {
  FIN: TcpFlag.fin,
  SYN: TcpFlag.syn,
  RST: TcpFlag.rst,
  PSH: TcpFlag.psh,
  ACK: TcpFlag.ack,
  URG: TcpFlag.urg,
  ECE: TcpFlag.ece,
  CWR: TcpFlag.cwr,
  AE: TcpFlag.ae,
};

const PROTOCOL_ARP = -2;
const PROTOCOL_ICMP = -3;
const ANY = -1;

/** A FrameMatch made ready. */
export class CompiledMatch {
  readonly match: FrameMatch;
  private readonly port: number;
  private readonly protocol: number;
  private readonly flagsSet: number;
  private readonly flagsClear: number;
  private readonly source: Prefix | null;
  private readonly destination: Prefix | null;
  private readonly hasTransportTest: boolean;

  /** @throws ArgumentError naming what cannot be understood */
  constructor(match: FrameMatch) {
    this.match = match;
    this.port = match.port ?? ANY;
    this.protocol = protocolNumber(match.protocol);
    const [set, clear] = parseFlags(match.flags);
    this.flagsSet = set;
    this.flagsClear = clear;
    this.source = match.source === undefined ? null : Prefix.parse(match.source);
    this.destination = match.destination === undefined ? null : Prefix.parse(match.destination);
    for (const name of ['sourcePort', 'destinationPort'] as const) {
      const value = match[name];
      if (value !== undefined) checkInteger(name, value, 0, 65535);
    }
    const { sourcePort, destinationPort, icmpType, icmpCode, payloadMin, payloadMax } = match;
    const tests = [sourcePort, destinationPort, icmpType, icmpCode, payloadMin, payloadMax];
    this.hasTransportTest = tests.some((test) => test !== undefined);
  }

  /** True when the frame `view` looks at fits; how often it has, is not looked at here. */
  fits(view: FrameView, port: number): boolean {
    if (this.port !== ANY && this.port !== port) return false;
    if (this.protocol !== ANY && !this.fitsProtocol(view)) return false;
    if ((this.flagsSet | this.flagsClear) !== 0) {
      if (view.protocol !== IpProtocol.tcp || !view.hasTransport) return false;
      if ((view.flags & this.flagsSet) !== this.flagsSet || (view.flags & this.flagsClear) !== 0) return false;
    }
    if (this.source !== null && !isInside(this.source, view, true)) return false;
    if (this.destination !== null && !isInside(this.destination, view, false)) return false;
    if (this.hasTransportTest && !this.fitsTransport(view)) return false;
    return this.match.predicate?.matches(view, port) ?? true;
  }

  /** True when the `count`th frame that fits is meant. */
  wantsOccurrence(count: number): boolean {
    const { nth, first } = this.match;
    if (first !== undefined && count > first) return false;
    if (nth === undefined) return true;
    return typeof nth === 'number' ? count === nth : nth.includes(count);
  }

  private fitsProtocol(view: FrameView): boolean {
    if (this.protocol === PROTOCOL_ARP) return view.etherType === 0x0806;
    if (view.family === 0) return false;
    if (this.protocol !== PROTOCOL_ICMP) return view.protocol === this.protocol;
    return view.protocol === (view.family === 4 ? IpProtocol.icmp : IpProtocol.icmpv6);
  }

  private fitsTransport(view: FrameView): boolean {
    if (!view.hasTransport) return false;
    const { sourcePort, destinationPort, icmpType, icmpCode, payloadMin, payloadMax } = this.match;
    const isIcmp = view.protocol === IpProtocol.icmp || view.protocol === IpProtocol.icmpv6;
    if ((icmpType !== undefined || icmpCode !== undefined) && !isIcmp) return false;
    if ((sourcePort !== undefined || destinationPort !== undefined) && isIcmp) return false;
    return (
      (sourcePort === undefined || view.sourcePort === sourcePort) &&
      (destinationPort === undefined || view.destinationPort === destinationPort) &&
      (icmpType === undefined || view.icmpType === icmpType) &&
      (icmpCode === undefined || view.icmpCode === icmpCode) &&
      (payloadMin === undefined || view.payloadLength >= payloadMin) &&
      (payloadMax === undefined || view.payloadLength <= payloadMax)
    );
  }
}

function isInside(prefix: Prefix, view: FrameView, isSource: boolean): boolean {
  if (view.family !== prefix.address.family) return false;
  const address: Address = isSource ? view.sourceAddress() : view.destinationAddress();
  return prefix.contains(address);
}

function protocolNumber(protocol: FrameMatch['protocol']): number {
  if (protocol === undefined) return ANY;
  if (typeof protocol === 'number') return checkInteger('protocol', protocol, 0, 255);
  if (protocol === 'tcp') return IpProtocol.tcp;
  if (protocol === 'udp') return IpProtocol.udp;
  if (protocol === 'icmp') return PROTOCOL_ICMP;
  if (protocol === 'arp') return PROTOCOL_ARP;
  throw new ArgumentError('protocol', `'${String(protocol)}' is not known; use tcp, udp, icmp, arp or a number`);
}

/** Control bits by name: those to be set and, with `!`, those to be clear. @throws ArgumentError */
export function parseFlags(text: string | undefined): [set: number, clear: number] {
  let set = 0;
  let clear = 0;
  for (const token of (text ?? '').split(/[+,|\s]+/)) {
    if (token === '') continue;
    const isClear = token.startsWith('!');
    const name = (isClear ? token.slice(1) : token).toUpperCase();
    const bit = FLAGS[name];
    if (bit === undefined) {
      throw new ArgumentError('flags', `'${token}' is no control bit; write for example SYN+ACK or SYN+!ACK`);
    }
    if (isClear) clear |= bit;
    else set |= bit;
  }
  return [set, clear];
}
