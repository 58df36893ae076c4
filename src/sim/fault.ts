/**
 * Faults of networks under the names people know from error messages, each made of rules for packets, so that the stacks
 * on both ends meet what they would meet outside. Plain data: faults are part of a network's snapshot.
 */
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { Link } from '../link/link.ts';
import type { FrameMatch, FramePredicate } from '../link/rule-match.ts';
import type { Rule, RuleVerdict } from '../link/rules.ts';
import type { FrameView } from '../wire/frame-view.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/**
 * What goes wrong, and what is done to packets:
 * - `syn-timeout`: SYNs are dropped. `connect` repeats them and fails with ETIMEDOUT after minutes.
 * - `refused`: SYNs are answered by a RST. `connect` fails with ECONNREFUSED.
 * - `reset`: whoever sends data or a FIN gets a RST for an answer and the other end hears nothing, as from a firewall that
 *   has forgotten the connection. Handshakes pass. ECONNRESET.
 * - `half-open`: connections that are open now are silently cut in both directions, those opened later are not: a peer that
 *   has lost its memory behind a firewall that says nothing. Nobody is told until a timer runs out.
 * - `stall`: handshakes and acknowledgments pass, data from the port (or the host) never arrives: the server accepts and does
 *   not answer. What it sends again after the end of the fault arrives.
 * - `slow`: every packet takes `delayMs` longer, each way.
 */
export type FaultName = 'syn-timeout' | 'refused' | 'reset' | 'half-open' | 'stall' | 'slow';

/** The names, in the order of a connection's life. */
export const FAULT_NAMES: readonly FaultName[] = ['syn-timeout', 'refused', 'reset', 'half-open', 'stall', 'slow'];

/** How a fault behaves. */
export interface FaultOptions {
  /** The server's port, 1 to 65535; connections to other ports are left alone. Default: all TCP. */
  readonly port?: number;
  /** Only `slow`: milliseconds added in each direction, default 1000. */
  readonly delayMs?: number;
}

/** A host as a fault sees it. */
export interface FaultHost {
  readonly name: string;
  address(family: 4 | 6, link: Link): string | null;
}

/** A link as a fault sees it: it takes rules; `from` is the name of a host. */
export interface FaultLink {
  readonly link: Link;
  rule(match: Omit<FrameMatch, 'port'> & { readonly from?: string }, verdict: RuleVerdict): Rule;
}

/** Where a fault acts: a link, or what passes there to and from one host. */
export interface FaultPlace {
  readonly link: FaultLink;
  readonly host: FaultHost | null;
}

/** A fault that lasts until it is removed; made by `NetworkLink.fault` and `Host.fault`. */
export class Fault {
  readonly name: FaultName;
  readonly options: FaultOptions;
  private readonly rules: Rule[] = [];
  private readonly known = new NewConnections();

  /** @throws ArgumentError */
  constructor(name: FaultName, options: FaultOptions, places: readonly FaultPlace[]) {
    if (!FAULT_NAMES.includes(name)) {
      throw new ArgumentError('name', `'${String(name)}' is no fault; there are ${FAULT_NAMES.join(', ')}`);
    }
    if (options.port !== undefined) checkInteger('port', options.port, 1, 65_535);
    if (options.delayMs !== undefined && name !== 'slow') {
      throw new ArgumentError('delayMs', `belongs to the fault slow; ${name} has no delay`);
    }
    this.name = name;
    this.options = options;
    for (const place of places) this.act(place);
  }

  /** Packets it was carried out on so far. */
  get hits(): number {
    return this.rules.reduce((sum, rule) => sum + rule.hits, 0);
  }

  /** Ends it. A second time changes nothing. */
  remove(): void {
    for (const rule of this.rules.splice(0)) rule.remove();
  }

  private act(place: FaultPlace): void {
    switch (this.name) {
      case 'syn-timeout':
        this.toServer(place, { flags: 'SYN+!ACK' }, 'drop');
        break;
      case 'refused':
        this.toServer(place, { flags: 'SYN+!ACK' }, { reject: 'rst' });
        break;
      case 'reset':
        this.bothWays(place, { flags: '!SYN+!RST', predicate: DATA_OR_FIN }, { reject: 'rst' });
        break;
      case 'half-open':
        this.bothWays(place, { predicate: this.known }, 'drop');
        break;
      case 'stall':
        this.fromServer(place, { payloadMin: 1 }, 'drop');
        break;
      case 'slow':
        this.bothWays(place, {}, { delayMs: this.options.delayMs ?? 1000 });
    }
  }

  private bothWays(place: FaultPlace, match: FrameMatch, verdict: RuleVerdict): void {
    this.toServer(place, match, verdict);
    if (place.host !== null || this.options.port !== undefined) this.fromServer(place, match, verdict);
  }

  /** Packets for the port; without a host and a port, all. */
  private toServer({ link, host }: FaultPlace, match: FrameMatch, verdict: RuleVerdict): void {
    const { port } = this.options;
    const tcp = { ...match, protocol: 'tcp' as const, ...(port === undefined ? {} : { destinationPort: port }) };
    if (host === null) {
      this.rules.push(link.rule(tcp, verdict));
      return;
    }
    for (const family of [4, 6] as const) {
      const destination = host.address(family, link.link);
      if (destination !== null) this.rules.push(link.rule({ ...tcp, destination }, verdict));
    }
  }

  private fromServer({ link, host }: FaultPlace, match: FrameMatch, verdict: RuleVerdict): void {
    const { port } = this.options;
    const tcp = { ...match, protocol: 'tcp' as const, ...(port === undefined ? {} : { sourcePort: port }) };
    this.rules.push(link.rule(host === null ? tcp : { ...tcp, from: host.name }, verdict));
  }
}

/** A segment that carries something, or ends its direction. */
class DataOrFin implements FramePredicate {
  matches(view: FrameView): boolean {
    return view.payloadLength > 0 || (view.flags & TcpFlag.fin) !== 0;
  }
}

const DATA_OR_FIN = new DataOrFin();

/** Fits segments of connections whose SYN it has not seen. */
class NewConnections implements FramePredicate {
  private readonly seen = new Set<string>();

  matches(view: FrameView): boolean {
    if (!view.hasTransport) return false;
    const source = `${view.sourceAddress().toString()}|${view.sourcePort}`;
    const destination = `${view.destinationAddress().toString()}|${view.destinationPort}`;
    const key = source < destination ? `${source}>${destination}` : `${destination}>${source}`;
    const isOpening = (view.flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    if (isOpening) this.seen.add(key);
    return !this.seen.has(key);
  }
}
