/** Which local ports are free towards one peer: those whose four-tuple is, or is held by an old TIME-WAIT of ours only (setting tw_reuse). */
import type { Address } from '../base/address.ts';
import { TimeWait } from '../tcp/time-wait.ts';
import type { PortProbe } from './ephemeral-ports.ts';
import type { TcpLayer } from './tcp-layer.ts';

export class TupleProbe implements PortProbe {
  private readonly tcp: TcpLayer;
  private readonly local: Address;
  private readonly remote: Address;
  private readonly remotePort: number;

  constructor(tcp: TcpLayer, local: Address, remote: Address, remotePort: number) {
    this.tcp = tcp;
    this.local = local;
    this.remote = remote;
    this.remotePort = remotePort;
  }

  isFree(port: number): boolean {
    return !this.tcp.listeners.hasPort(port) && isTupleFree(this.tcp, this.local, port, this.remote, this.remotePort);
  }

  waitingSinceUs(port: number): number {
    const found = holderOf(this.tcp, this.local, port, this.remote, this.remotePort);
    return found instanceof TimeWait ? found.tsRecentUs : -1;
  }
}

export function isTupleFree(tcp: TcpLayer, local: Address, port: number, remote: Address, remotePort: number): boolean {
  const found = holderOf(tcp, local, port, remote, remotePort);
  return found === null || (found instanceof TimeWait && tcp.mayReuse(found));
}

function holderOf(tcp: TcpLayer, local: Address, port: number, remote: Address, remotePort: number): object | null {
  return tcp.connections.findTuple(tcp.tuples.of(local, port, remote, remotePort), local, port, remote, remotePort);
}
