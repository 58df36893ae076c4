/**
 * The messages the IP layer itself lives on: neighbor discovery, router messages, listener messages, redirects and IGMP.
 * ICMPv6 comes here after its checksum was verified. Validity is the parsers' business, effect that of the machines.
 */
import { Address, Prefix } from '../base/address.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { fillIcmp, IcmpMessage } from '../wire/icmp.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { isMld } from '../wire/mld.ts';
import { isNdp, parseNdp } from '../wire/ndp.ts';
import { NdpMessage } from '../wire/ndp-message.ts';
import type { Addresses } from './addresses.ts';
import { IgmpReceiver } from './igmp.ts';
import type { Interface } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import { MldReceiver } from './mld.ts';
import type { Multicast } from './multicast.ts';
import type { Resolution } from './resolution.ts';
import { Route } from './route.ts';
import type { Routing } from './routing.ts';
import type { RouterDiscovery } from './slaac.ts';

/** Routes learned from redirects; a forger can send any number. */
const REDIRECTS_MAX = 256;
/** ICMP type of a redirect for IPv4. */
const ICMP_REDIRECT = 5;
/** Bytes of a quoted IPv4 header with eight of its payload behind the 8 octets of ICMP. */
const REDIRECT_LENGTH_MIN = 8 + 20 + 8;

export class ControlMessages {
  private readonly context: IpContext;
  private readonly resolution: Resolution;
  private readonly routing: Routing;
  private readonly addresses: Addresses;
  private readonly multicast: Multicast;
  private readonly routers: RouterDiscovery;
  private readonly icmp = new IcmpMessage();
  private readonly ndp = new NdpMessage();
  private readonly igmp = new IgmpReceiver();
  private readonly mld = new MldReceiver();

  constructor(
    context: IpContext,
    resolution: Resolution,
    routing: Routing,
    addresses: Addresses,
    multicast: Multicast,
    routers: RouterDiscovery,
  ) {
    this.context = context;
    this.resolution = resolution;
    this.routing = routing;
    this.addresses = addresses;
    this.multicast = multicast;
    this.routers = routers;
  }

  /** @returns DropReason */
  igmpArrived(owner: Interface, packet: IpPacket): DropReason {
    return this.igmp.receive(owner, packet, this.multicast);
  }

  /** An ICMP or ICMPv6 message that is neither echo nor error. @returns DropReason */
  icmpArrived(owner: Interface, packet: IpPacket): DropReason {
    const { icmp, ndp } = this;
    fillIcmp(packet.memory, packet.payloadOffset, packet.payloadLength, icmp);
    if (packet.family === 4)
      return icmp.type === ICMP_REDIRECT ? this.redirected4(owner, packet) : DropReason.icmpNotForUs;
    if (isMld(icmp.type)) return this.mld.receive(owner, packet, icmp, this.multicast);
    if (!isNdp(icmp.type)) return DropReason.icmpNotForUs;
    const reason = parseNdp(packet, icmp, ndp);
    if (reason !== DropReason.none) return reason;
    switch (ndp.type) {
      case Icmpv6Type.neighborSolicitation:
        this.resolution.discovery.solicitationArrived(owner, packet, ndp, this.addresses.dad);
        return DropReason.none;
      case Icmpv6Type.neighborAdvertisement:
        this.resolution.discovery.advertisementArrived(owner, ndp, this.addresses.dad);
        return DropReason.none;
      case Icmpv6Type.routerAdvertisement:
        this.routers.advertisementArrived(owner, packet, ndp);
        return DropReason.none;
      case Icmpv6Type.redirect:
        this.redirected6(owner, packet);
        return DropReason.none;
      default:
        return DropReason.none;
    }
  }

  /** RFC 4861 §8.3: a better first hop, by the router that is the first hop now. */
  private redirected6(owner: Interface, packet: IpPacket): void {
    const { ndp } = this;
    const destination = Address.v6(ndp.destination0, ndp.destination1, ndp.destination2, ndp.destination3);
    const target = Address.v6(ndp.target0, ndp.target1, ndp.target2, ndp.target3);
    if (!this.redirect(owner, packet.sourceAddress(), destination, target)) return;
    if (!ndp.hasTargetLink) return;
    const neighbor = this.resolution.neighbors6.heard(owner, target, ndp.targetLinkHigh, ndp.targetLinkLow, true);
    if (neighbor !== null && !target.equals(destination)) neighbor.isRouter = true;
  }

  /** RFC 1122 §3.2.2.2: the same for IPv4; the new gateway has to be on the link the redirect came by. */
  private redirected4(owner: Interface, packet: IpPacket): DropReason {
    const { payloadOffset: at, payloadLength, memory } = packet;
    if (payloadLength < REDIRECT_LENGTH_MIN || memory.u8[at + 8]! >>> 4 !== 4) return DropReason.icmpTruncated;
    const gateway = Address.v4(this.icmp.gateway);
    const destination = Address.v4(memory.view.getInt32(at + 8 + 16));
    const isOnLink = owner.addresses.some(({ prefix }) => prefix.contains(gateway));
    if (isOnLink && !owner.isBroadcast(gateway.w3)) {
      this.redirect(owner, packet.sourceAddress(), destination, gateway);
    }
    return DropReason.none;
  }

  private redirect(owner: Interface, router: Address, destination: Address, target: Address): boolean {
    const { settings } = this.context;
    const { routing } = this;
    if (!settings.acceptRedirects || settings.forwarding) return false;
    if (destination.isMulticast || routing.isOwn(destination) || routing.isOwn(target)) return false;
    const current = routing.routes.lookup(destination, owner.id, routing);
    if (current === null || current.interface !== owner || !current.gateway?.equals(router)) return false;
    const learned = routing.routes.all.filter(({ origin }) => origin === 'redirect');
    const bits = destination.family === 4 ? 32 : 128;
    const prefix = new Prefix(destination, bits);
    for (const route of learned) {
      if (route.interface === owner && route.prefix.address.equals(destination)) routing.routes.remove(route);
    }
    if (learned.length >= REDIRECTS_MAX && learned[0] !== undefined) routing.routes.remove(learned[0]);
    if (routing.routes.isFull) return false;
    routing.routes.add(new Route(prefix, target.equals(destination) ? null : target, owner, 0, 'redirect'));
    routing.cache.invalidate();
    return true;
  }
}
