/**
 * The way back to who sent a segment: by our own routes, or by the source route it came with, turned round (RFC 9293
 * section 3.9.2.1).
 */
import { Address } from '../base/address.ts';
import type { Destination } from '../ip/destination.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import { ConnectionKey } from '../tcp/connection-key.ts';
import type { RouteBack } from '../tcp/path.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { buildReturnRoute, ReturnRoute } from '../wire/ipv4-options.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';

/** A recorded route, ready for use. */
export interface RecordedRoute {
  readonly path: Destination;
  readonly ipOptions: Uint8Array;
}

export class ReturnRoutes {
  private readonly ip: IpLayer;
  private readonly route = new ReturnRoute();

  constructor(ip: IpLayer) {
    this.ip = ip;
  }

  /** The way back to the sender of a SYN whose tuple has this hash; null when there is none. @param isOnce it need not be remembered */
  of(segment: TcpSegment, hash: number, isOnce: boolean): RouteBack | null {
    const { packet } = segment;
    const remote = packet.sourceAddress();
    const local = packet.destinationAddress();
    // RFC 9293 §3.9.2 MUST-50: of all IP options only a source route means something to TCP.
    // RFC 9293 §3.9.2.1 MUST-53: the route by which the SYN came, turned round, is the way back.
    const isRouted = packet.sourceRouteOffset !== 0 && buildReturnRoute(packet, this.route);
    const target = isRouted ? Address.v4(this.route.firstHop) : remote;
    const path = isOnce ? this.ip.routing.lookupOnce(target, local, -1) : this.ip.lookup(target, local, -1);
    if (path === null) return null;
    // The cached path's own addresses serve all connections to the peer.
    const peer = path.remote.equals(remote) ? path.remote : remote;
    const key = new ConnectionKey(path.source, segment.destinationPort, peer, segment.sourcePort, hash);
    return { key, path, ipOptions: isRouted ? this.bytes() : null };
  }

  /** The route by which a later segment came, for a connection from `local`; null when it has none that leads back. */
  recorded(packet: IpPacket, local: Address): RecordedRoute | null {
    if (!buildReturnRoute(packet, this.route)) return null;
    const path = this.ip.lookup(Address.v4(this.route.firstHop), local, -1);
    return path === null ? null : { path, ipOptions: this.bytes() };
  }

  private bytes(): Uint8Array {
    return this.route.bytes.slice(0, this.route.length);
  }
}
