/**
 * A host's own packet filter, as a firewall on the machine itself: which arriving datagrams never reach their port. Rules are
 * tried in order, the first that matches decides; without one the datagram passes. ICMP errors about connections of
 * ours and answers the filter lets in are not its business.
 */
import { Prefix } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/** What happens to a datagram: nmap calls a port `filtered` that drops or answers by ICMP, `closed` one that resets. */
export type FilterVerdict = 'pass' | 'drop' | 'reset' | 'port-unreachable' | 'admin-prohibited';

/** What a rule of the packet filter looks at, and what it does with what it finds. */
export interface FilterRuleOptions {
  /** Default: both. */
  readonly protocol?: 'tcp' | 'udp';
  /** One local port, or first and last; default all. */
  readonly port?: number | readonly [first: number, last: number];
  /** Senders, as a prefix such as `192.0.2.0/24`; default everybody. */
  readonly from?: string;
  /** TCP only: match only segments that open a connection (SYN without ACK). Default false. */
  readonly onlySyn?: boolean;
  /** `reset` and the ICMP answers need a protocol they make sense for: `reset` is for TCP. */
  readonly verdict: FilterVerdict;
}

/** One rule in force; `hits` counts the datagrams it decided. */
export class FilterRule {
  readonly verdict: FilterVerdict;
  hits = 0;
  private readonly protocol: number;
  private readonly firstPort: number;
  private readonly lastPort: number;
  private readonly from: Prefix | null;
  private readonly onlySyn: boolean;
  private readonly owner: PacketFilter;

  /** @throws ArgumentError for ports, prefixes or verdicts that cannot be */
  constructor(owner: PacketFilter, options: FilterRuleOptions) {
    const { port = [0, 0xffff], protocol, verdict } = options;
    if (verdict === 'reset' && protocol !== 'tcp') {
      throw new ArgumentError('verdict', "'reset' answers TCP segments; give protocol 'tcp' with it");
    }
    this.owner = owner;
    this.verdict = verdict;
    this.protocol = protocol === undefined ? -1 : protocol === 'tcp' ? IpProtocol.tcp : IpProtocol.udp;
    this.firstPort = checkInteger('port', typeof port === 'number' ? port : port[0], 0, 0xffff);
    this.lastPort = checkInteger('port', typeof port === 'number' ? port : port[1], this.firstPort, 0xffff);
    this.from = options.from === undefined ? null : Prefix.parse(options.from);
    this.onlySyn = options.onlySyn ?? false;
  }

  /** Takes the rule out of force. */
  remove(): void {
    this.owner.remove(this);
  }

  /** @param port the local port of the datagram in `packet` */
  matches(packet: IpPacket, port: number): boolean {
    if (this.protocol >= 0 && packet.protocol !== this.protocol) return false;
    if (port < this.firstPort || port > this.lastPort) return false;
    if (this.onlySyn && !isOpeningSyn(packet)) return false;
    return this.from === null || this.from.contains(packet.sourceAddress());
  }
}

/** A host's own packet filter: rules in the order they were added; the first that fits decides. */
export class PacketFilter {
  private readonly rules: FilterRule[] = [];

  get isEmpty(): boolean {
    return this.rules.length === 0;
  }

  /** Adds a rule behind the others. @throws ArgumentError, see FilterRule */
  add(options: FilterRuleOptions): FilterRule {
    const rule = new FilterRule(this, options);
    this.rules.push(rule);
    return rule;
  }

  remove(rule: FilterRule): void {
    const index = this.rules.indexOf(rule);
    if (index >= 0) this.rules.splice(index, 1);
  }

  /** Decides about a TCP or UDP datagram addressed to us. */
  judge(packet: IpPacket): FilterVerdict {
    if (packet.payloadLength < 4) return 'pass';
    const port = packet.memory.view.getUint16(packet.payloadOffset + 2);
    for (const rule of this.rules) {
      if (!rule.matches(packet, port)) continue;
      rule.hits++;
      return rule.verdict;
    }
    return 'pass';
  }
}

function isOpeningSyn(packet: IpPacket): boolean {
  if (packet.protocol !== IpProtocol.tcp || packet.payloadLength < 14) return false;
  const flags = packet.memory.u8[packet.payloadOffset + 13]!;
  return (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
}
