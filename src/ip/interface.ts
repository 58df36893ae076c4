/**
 * An interface: what the carrier behind it can do, the addresses and multicast groups it has, and the frames that wait for
 * the driver. Data and small questions about it; who changes it is IpLayer and its state machines.
 */
import { type Address, type AddressFamily, Prefix } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import { IPV6_MIN_MTU, type LinkCapabilities } from '../base/link-capabilities.ts';
import { MAC_ZERO, type MacAddress } from '../base/mac-address.ts';
import { TimerEntry } from '../base/timer-wheel.ts';
import { FrameQueue } from './frame-queue.ts';
import type { IpSettings } from './settings.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** Bytes of an Ethernet header without tags. */
export const ETHERNET_HEADER_BYTES = 14;

/** RFC 4862 section 5.5.4: what an address may be used for. */
export const AddressState = {
  /** Its uniqueness is being checked: neither source nor destination yet. */
  tentative: 0,
  preferred: 1,
  /** Still ours, but no new communication starts from it. */
  deprecated: 2,
  /** Somebody else has it: never used. */
  duplicate: 3,
} as const;

/** Scopes as numbered by RFC 4291 section 2.7, used for unicast too (RFC 6724 section 3.1). */
export const AddressScope = { interfaceLocal: 1, linkLocal: 2, adminLocal: 4, siteLocal: 5, global: 14 } as const;

/** How an address came to be. */
export type AddressOrigin = 'manual' | 'link-local' | 'advertised';

/** One address of an interface. The timer is that of its lifetimes. */
export class InterfaceAddress extends TimerEntry {
  readonly timerKind = IpTimerKind.addressLifetime;
  readonly address: Address;
  readonly prefix: Prefix;
  readonly interface: Interface;
  readonly origin: AddressOrigin;
  /** Subnet-directed broadcast address as a word, 0 where the subnet has none. */
  readonly broadcastWord: number;
  readonly scope: number;
  state: number;
  /** A privacy address (RFC 8981); only source selection looks at it. */
  isTemporary = false;
  /** Identifiers tried before this one because they were taken (RFC 7217). */
  dadCounter = 0;
  /** Driver's microseconds; Infinity: for ever. */
  preferredUntilUs = Number.POSITIVE_INFINITY;
  validUntilUs = Number.POSITIVE_INFINITY;

  constructor(owner: Interface, address: Address, prefixLength: number, origin: AddressOrigin, state: number) {
    super();
    this.interface = owner;
    this.address = address;
    this.prefix = new Prefix(address, prefixLength);
    this.origin = origin;
    this.state = state;
    this.scope = scopeOf(address);
    // RFC 3021 §2.1: a 31-bit subnet has no directed broadcast.
    const hasBroadcast = address.family === 4 && prefixLength < 31 && prefixLength > 0 && !address.isLoopback;
    this.broadcastWord = hasBroadcast ? this.prefix.address.w3 | (0xffffffff >>> prefixLength) : 0;
  }

  get isUsable(): boolean {
    return this.state === AddressState.preferred || this.state === AddressState.deprecated;
  }
}

export interface InterfaceOptions {
  /** As people call it: `eth0`. */
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  /** Needed on Ethernet; a bare IP carrier has none. */
  readonly mac?: MacAddress | undefined;
}

export class Interface {
  readonly id: number;
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress;
  readonly isEthernet: boolean;
  readonly isLoopback: boolean;
  /** Bytes before the IP header: 14 on Ethernet, else 0. */
  readonly linkHeaderLength: number;
  /** Largest IPv4 packet. */
  readonly mtu: number;
  /** Largest IPv6 packet: at most `mtu`, lowered by a router's MTU option (RFC 4861 section 6.3.4). */
  mtu6: number;
  /** Default hop limit for IPv6, set by routers. */
  hopLimit: number;
  /** Down: nothing goes in or out. */
  isUp = true;
  /** Asks routers for addresses (RFC 4862). */
  isAutoconfigured = false;
  baseReachableTimeMs: number;
  retransTimeMs: number;
  readonly addresses: InterfaceAddress[] = [];
  readonly groups: GroupMembership[] = [];
  /** What is known of the routers that ask for memberships, for IGMP and for MLD. */
  readonly querier4: QuerierState;
  readonly querier6: QuerierState;
  readonly queue = new FrameQueue();

  constructor(id: number, options: InterfaceOptions, settings: IpSettings, isLoopback: boolean) {
    this.id = id;
    this.name = options.name;
    this.capabilities = options.capabilities;
    this.mac = options.mac ?? MAC_ZERO;
    this.isEthernet = options.capabilities.medium === 'ethernet';
    this.isLoopback = isLoopback;
    this.linkHeaderLength = this.isEthernet ? ETHERNET_HEADER_BYTES : 0;
    this.mtu = options.capabilities.mtu;
    this.mtu6 = this.mtu;
    this.hopLimit = settings.hopLimit;
    this.baseReachableTimeMs = settings.baseReachableTimeMs;
    this.retransTimeMs = settings.retransTimeMs;
    this.querier4 = new QuerierState(this, 4);
    this.querier6 = new QuerierState(this, 6);
  }

  /** The entry of an address by its words, in whatever state. */
  findAddress(w0: number, w1: number, w2: number, w3: number): InterfaceAddress | null {
    const { addresses } = this;
    for (let index = 0; index < addresses.length; index++) {
      const entry = addresses[index]!;
      const { address } = entry;
      if (address.w3 === w3 && address.w2 === w2 && address.w1 === w1 && address.w0 === w0) return entry;
    }
    return null;
  }

  findGroup(w0: number, w1: number, w2: number, w3: number): GroupMembership | null {
    const { groups } = this;
    for (let index = 0; index < groups.length; index++) {
      const { group } = groups[index]!;
      if (group.w3 === w3 && group.w2 === w2 && group.w1 === w1 && group.w0 === w0) return groups[index]!;
    }
    return null;
  }

  /** The IPv6 link-local address, null while there is none that may be used. */
  get linkLocalAddress(): InterfaceAddress | null {
    for (const entry of this.addresses) {
      if (entry.address.family === 6 && entry.address.isLinkLocal && entry.isUsable) return entry;
    }
    return null;
  }

  /** RFC 8200 §5. @throws ArgumentError when IPv6 cannot be spoken here. */
  requireIpv6(argument: string): void {
    if (this.mtu >= IPV6_MIN_MTU) return;
    throw new ArgumentError(argument, `IPv6 needs an MTU of ${IPV6_MIN_MTU}, '${this.name}' has ${this.mtu}`);
  }

  /** True for 255.255.255.255 and the directed broadcast addresses of our subnets here, all ones and all zeros. */
  isBroadcast(word: number): boolean {
    if (word === -1) return true;
    const { addresses } = this;
    for (let index = 0; index < addresses.length; index++) {
      const entry = addresses[index]!;
      if (entry.broadcastWord !== 0 && (word === entry.broadcastWord || word === entry.prefix.address.w3)) return true;
    }
    return false;
  }
}

/** The scope of any address (RFC 6724 section 3.1, 3.2: IPv4 loopback and autoconfigured addresses are link-local). */
export function scopeOf(address: Address): number {
  if (address.family === 6 && address.isMulticast) return (address.w0 >>> 16) & 0xf;
  if (address.isLoopback || address.isLinkLocal) return AddressScope.linkLocal;
  if (address.family === 6 && address.w0 >>> 22 === 0x3fb) return AddressScope.siteLocal;
  return AddressScope.global;
}

export class GroupMembership extends TimerEntry {
  readonly timerKind = IpTimerKind.groupReport;
  readonly group: Address;
  readonly interface: Interface;
  /** How many joined: the group is left with the last of them. */
  references = 1;
  /** Unsolicited reports still to send. */
  reportsLeft = 0;
  /** The next report answers a query. */
  isAnswerDue = false;
  /** We sent the last report: somebody has to say so when we leave (RFC 2236 section 3). */
  isLastReporter = false;

  constructor(owner: Interface, group: Address) {
    super();
    this.interface = owner;
    this.group = group;
  }
}

/** The querier of one family on one link; its timer answers a general query for all groups together. */
export class QuerierState extends TimerEntry {
  readonly timerKind = IpTimerKind.querierReport;
  readonly interface: Interface;
  readonly family: AddressFamily;
  /** A querier of this older version was heard; 0: none. */
  olderVersion = 0;
  /** Driver's microseconds until which that counts (RFC 3376 section 7.2.1, RFC 3810 section 8.2.1). */
  olderUntilUs = 0;
  /** By the last query of the newest version. */
  robustness = 2;
  queryIntervalSeconds = 125;

  constructor(owner: Interface, family: AddressFamily) {
    super();
    this.interface = owner;
    this.family = family;
  }
}
