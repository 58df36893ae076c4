/**
 * The ways to scan, as data: what is sent, and what each answer means. The TCP ones all rest on RFC 9293 section 3.10.7, which
 * says how a port that listens and one that does not must answer any segment; the ninth is UDP (RFC 1122 section 4.1.3.1).
 */
import { IcmpType, IcmpUnreachableCode } from '../wire/icmp.ts';
import { Icmpv6Type, Icmpv6UnreachableCode } from '../wire/icmpv6.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { NO_VERDICT, PortState, type ReasonName, verdict } from './port-state.ts';

/** Scans by nmap's names; `-sS` is `syn`. */
export type TechniqueName = 'syn' | 'connect' | 'fin' | 'null' | 'xmas' | 'ack' | 'window' | 'maimon' | 'udp';

/** One way to scan. */
export interface Technique {
  readonly name: TechniqueName;
  /** Of the option: `S` in `-sS`. */
  readonly letter: string;
  readonly protocol: 'tcp' | 'udp';
  /** TcpFlag bits of the probe. */
  readonly flags: number;
  /** What a port is taken for that never answers. */
  readonly silence: PortState;
}

const { fin, syn, psh, ack, urg } = TcpFlag;

/** All of them, by name. */
export const TECHNIQUES: Readonly<Record<TechniqueName, Technique>> = {
  syn: { name: 'syn', letter: 'S', protocol: 'tcp', flags: syn, silence: PortState.filtered },
  connect: { name: 'connect', letter: 'T', protocol: 'tcp', flags: syn, silence: PortState.filtered },
  fin: { name: 'fin', letter: 'F', protocol: 'tcp', flags: fin, silence: PortState.openFiltered },
  null: { name: 'null', letter: 'N', protocol: 'tcp', flags: 0, silence: PortState.openFiltered },
  xmas: { name: 'xmas', letter: 'X', protocol: 'tcp', flags: fin | psh | urg, silence: PortState.openFiltered },
  ack: { name: 'ack', letter: 'A', protocol: 'tcp', flags: ack, silence: PortState.filtered },
  window: { name: 'window', letter: 'W', protocol: 'tcp', flags: ack, silence: PortState.filtered },
  maimon: { name: 'maimon', letter: 'M', protocol: 'tcp', flags: fin | ack, silence: PortState.openFiltered },
  udp: { name: 'udp', letter: 'U', protocol: 'udp', flags: 0, silence: PortState.openFiltered },
};

/** Octets of sequence space a probe takes: SYN and FIN count one each (RFC 9293 section 3.4). */
export function sequenceLength(flags: number): number {
  return (flags & syn ? 1 : 0) + (flags & fin ? 1 : 0);
}

/**
 * What a segment from the probed port means; it has been matched with the probe before.
 * @param flags and window as they came
 * @returns a verdict, NO_VERDICT for a segment no TCP answers such a probe with
 */
export function judgeSegment(technique: Technique, flags: number, window: number): number {
  const isReset = (flags & TcpFlag.rst) !== 0;
  switch (technique.name) {
    case 'syn':
    case 'connect':
      // RFC 9293 §3.10.7.1: CLOSED resets, whatever came.
      if (isReset) return verdict(PortState.closed, technique.name === 'connect' ? 'conn-refused' : 'reset');
      if ((flags & syn) === 0) return NO_VERDICT;
      // A SYN alone is the beginning of a simultaneous open (RFC 9293 section 3.5): somebody is there too.
      return verdict(PortState.open, flags & ack ? 'syn-ack' : 'split-handshake-syn');
    case 'ack':
      // RFC 9293 §3.10.7.1 and §3.10.7.2: CLOSED and LISTEN both reset an ACK, so that the answer tells only that it got there.
      return isReset ? verdict(PortState.unfiltered, 'reset') : NO_VERDICT;
    case 'window':
      // Old systems fill in the window of a socket that listens.
      return isReset ? verdict(window > 0 ? PortState.open : PortState.closed, 'reset') : NO_VERDICT;
    default:
      // RFC 9293 §3.10.7.2: LISTEN drops what is neither RST, ACK nor SYN without a word; CLOSED resets.
      return isReset ? verdict(PortState.closed, 'reset') : NO_VERDICT;
  }
}

/** What a datagram from the probed port means. */
export const UDP_ANSWERED = verdict(PortState.open, 'udp-response');

/**
 * What an ICMP error that quotes the probe means.
 * @param isTarget it came from the probed host itself, not from somebody on the way
 * @returns a verdict, NO_VERDICT for types that say nothing of the port
 */
export function judgeIcmp(technique: Technique, family: 4 | 6, type: number, code: number, isTarget: boolean): number {
  const reason = family === 4 ? reason4(type, code) : reason6(type, code);
  if (reason === null) return NO_VERDICT;
  // RFC 1122 §4.1.3.1: a host that has no such port says so itself. From anybody else it is a firewall's refusal.
  if (technique.protocol === 'udp' && reason === 'port-unreach' && isTarget) return verdict(PortState.closed, reason);
  return verdict(PortState.filtered, reason);
}

function reason4(type: number, code: number): ReasonName | null {
  if (type === IcmpType.timeExceeded) return 'time-exceeded';
  if (type !== IcmpType.destinationUnreachable) return null;
  switch (code) {
    case IcmpUnreachableCode.network:
      return 'net-unreach';
    case IcmpUnreachableCode.host:
      return 'host-unreach';
    case IcmpUnreachableCode.protocol:
      return 'proto-unreach';
    case IcmpUnreachableCode.port:
      return 'port-unreach';
    case IcmpUnreachableCode.networkProhibited:
      return 'net-prohibited';
    case IcmpUnreachableCode.hostProhibited:
      return 'host-prohibited';
    case IcmpUnreachableCode.communicationProhibited:
      return 'admin-prohibited';
    default:
      return null;
  }
}

function reason6(type: number, code: number): ReasonName | null {
  if (type === Icmpv6Type.timeExceeded) return 'time-exceeded';
  if (type !== Icmpv6Type.destinationUnreachable) return null;
  switch (code) {
    case Icmpv6UnreachableCode.noRoute:
      return 'no-route';
    case Icmpv6UnreachableCode.prohibited:
    case Icmpv6UnreachableCode.sourcePolicy:
      return 'admin-prohibited';
    case Icmpv6UnreachableCode.beyondScope:
      return 'beyond-scope';
    case Icmpv6UnreachableCode.address:
      return 'host-unreach';
    case Icmpv6UnreachableCode.port:
      return 'port-unreach';
    case Icmpv6UnreachableCode.rejectRoute:
      return 'reject-route';
    default:
      return null;
  }
}
