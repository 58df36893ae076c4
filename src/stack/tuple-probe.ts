/** Which local ports are free towards one peer: those whose four-tuple is, or is held by an old TIME-WAIT of ours only (setting tw_reuse). */
import type { Address } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import { TimeWait } from '../tcp/closing/time-wait-record.ts';
import type { HalfOpen } from '../tcp/opening/listener.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import type { Tcb } from '../tcp/tcb/tcb.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { PortProbe } from './ephemeral-ports.ts';
import type { ListenerTable } from './tcp-ports.ts';
import type { TupleHash } from './tuple-hash.ts';

/** Who has which tuple, as the TCP layer knows. */
export interface TupleTables {
  readonly clock: Clock;
  readonly settings: TcpSettings;
  readonly listeners: ListenerTable;
  readonly connections: ConnectionTable<Tcb | TimeWait | HalfOpen>;
  readonly tuples: TupleHash;
}

export class TupleProbe implements PortProbe {
  private readonly tcp: TupleTables;
  private readonly local: Address;
  private readonly remote: Address;
  private readonly remotePort: number;
  /** The port last hashed, and its hash. */
  private hashedPort = -1;
  private hash = 0;

  constructor(tcp: TupleTables, local: Address, remote: Address, remotePort: number) {
    this.tcp = tcp;
    this.local = local;
    this.remote = remote;
    this.remotePort = remotePort;
  }

  isFree(port: number): boolean {
    return !this.tcp.listeners.hasPort(port) && this.isTupleFree(port);
  }

  /** As `isFree`, for a port that the caller has named: it may be a listener's too. */
  isTupleFree(port: number): boolean {
    const found = this.holderOf(port);
    return found === null || (found instanceof TimeWait && this.mayReuse(found));
  }

  /** Linux's tcp_tw_reuse: an active open may take over a TIME-WAIT whose last timestamp is of an earlier second: timestamps tell the two apart. */
  private mayReuse({ hasTimestamps, tsRecentS }: TimeWait): boolean {
    const { settings, clock } = this.tcp;
    return settings.tw_reuse !== 0 && hasTimestamps && clock.seconds > tsRecentS;
  }

  waitingSinceS(port: number): number {
    const found = this.holderOf(port);
    return found instanceof TimeWait ? found.tsRecentS : -1;
  }

  /** The demultiplexer's hash of the four-tuple with this port. */
  hashOf(port: number): number {
    if (port !== this.hashedPort) {
      this.hashedPort = port;
      this.hash = this.tcp.tuples.of(this.local, port, this.remote, this.remotePort);
    }
    return this.hash;
  }

  private holderOf(port: number): object | null {
    const { local, remote, remotePort } = this;
    return this.tcp.connections.findTuple(this.hashOf(port), local, port, remote, remotePort);
  }
}
