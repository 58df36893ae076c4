/**
 * Settings of the IP layer. Names follow Linux's sysctls (`ip_default_ttl` is `ipDefaultTtl`), units stand at the end.
 * Two profiles: `linux` as a present kernel is delivered, `rfc` with the values the standards give.
 */
import { ArgumentError, checkInteger } from '../base/errors.ts';

/** How the low 64 bits of a stateless address are made: modified EUI-64 (RFC 4291 A) or a keyed hash (RFC 7217). */
export type AddressGenerationMode = 'eui64' | 'stable-privacy';

export interface IpSettings {
  /** TTL of IPv4 datagrams, 1 to 255 (RFC 1122 section 3.2.1.7). */
  readonly ipDefaultTtl: number;
  /** Hop limit of IPv6 datagrams until a router says otherwise. */
  readonly hopLimit: number;
  /** Pass on what is not ours: the host is a router (RFC 1812). */
  readonly forwarding: boolean;
  /** Entries of the destination cache, a power of two. */
  readonly routeMaxSize: number;
  /** IPv4 and IPv6 routes held at most. */
  readonly routesMax: number;

  /**
   * Neighbors of one family: from gcThresh1 on those idle for gcStaleTimeMs are collected, from gcThresh2 on those idle for
   * five seconds, and gcThresh3 is never exceeded.
   */
  readonly gcThresh1: number;
  readonly gcThresh2: number;
  readonly gcThresh3: number;
  /** Idle time after which an entry may be collected. */
  readonly gcStaleTimeMs: number;
  /** Mean time a neighbor stays reachable; drawn from half to one and a half of it (RFC 4861 section 6.3.2). */
  readonly baseReachableTimeMs: number;
  readonly retransTimeMs: number;
  readonly delayFirstProbeTimeMs: number;
  readonly ucastSolicit: number;
  readonly mcastSolicit: number;
  /** Bytes of frames that may wait for one neighbor. */
  readonly unresQlenBytes: number;
  /** Announce a new IPv4 address by a gratuitous ARP request (RFC 5227 section 2.3). */
  readonly arpNotify: boolean;

  /** Probes for a duplicate before an IPv6 address is used; 0 switches detection off (RFC 4862 section 5.1). */
  readonly dadTransmits: number;
  readonly acceptRa: boolean;
  readonly acceptRaDefrtr: boolean;
  readonly acceptRaPinfo: boolean;
  readonly acceptRaMtu: boolean;
  readonly autoconf: boolean;
  readonly acceptRedirects: boolean;
  /** Take packets with a completed IPv4 source route (RFC 1122 section 3.2.1.8); otherwise they are dropped (RFC 7126). */
  readonly acceptSourceRoute: boolean;
  /** Router solicitations sent; -1: until a router answers (RFC 7559). */
  readonly routerSolicitations: number;
  readonly routerSolicitationIntervalMs: number;
  /** Longest pause of the back-off of RFC 7559. */
  readonly routerSolicitationMaxIntervalMs: number;
  readonly routerSolicitationDelayMs: number;
  readonly addrGenMode: AddressGenerationMode;
  /** Addresses of one interface made from advertisements. */
  readonly maxAddresses: number;

  /** IGMP version spoken until an older querier is heard: 2 or 3. */
  readonly igmpVersion: number;
  /** MLD version spoken until an older querier is heard: 1 or 2. */
  readonly mldVersion: number;
  readonly igmpMaxMemberships: number;
  /** How often a change of membership is reported (the robustness variable). */
  readonly igmpQrv: number;

  /** Bytes all half-assembled datagrams may hold together. */
  readonly ipfragHighThreshBytes: number;
  readonly ipfragTimeMs: number;
  readonly ip6fragTimeMs: number;
  /** Datagrams under assembly at most. */
  readonly ipfragMaxDatagrams: number;
  /** Fragments of one datagram at most. */
  readonly ipfragMaxFragments: number;

  /** Smallest path MTU believed from the network for IPv4; for IPv6 it is 1280. */
  readonly minPmtu: number;
  /** Whether an old router, which names no MTU, is taken to mean the next plateau of RFC 1191; else `minPmtu`. */
  readonly pmtuPlateaus: boolean;
  readonly mtuExpiresMs: number;

  /** Pause between two ICMP errors to one host. */
  readonly icmpRatelimitMs: number;
  readonly icmpMsgsPerSec: number;
  readonly icmpMsgsBurst: number;
  /** Destinations of which it is remembered how many ICMP errors they had lately. */
  readonly inetPeerThreshold: number;
  readonly icmpEchoIgnoreAll: boolean;
  readonly icmpEchoIgnoreBroadcasts: boolean;
  readonly icmpAnswerTimestamps: boolean;

  /** Frames of one interface that may wait for the driver. */
  readonly txqueuelen: number;
}

const LINUX: IpSettings = {
  ipDefaultTtl: 64,
  hopLimit: 64,
  forwarding: false,
  routeMaxSize: 4096,
  routesMax: 4096,
  gcThresh1: 128,
  gcThresh2: 512,
  gcThresh3: 1024,
  gcStaleTimeMs: 60_000,
  baseReachableTimeMs: 30_000,
  retransTimeMs: 1000,
  delayFirstProbeTimeMs: 5000,
  ucastSolicit: 3,
  mcastSolicit: 3,
  unresQlenBytes: 212_992,
  arpNotify: false,
  dadTransmits: 1,
  acceptRa: true,
  acceptRaDefrtr: true,
  acceptRaPinfo: true,
  acceptRaMtu: true,
  autoconf: true,
  acceptRedirects: true,
  acceptSourceRoute: false,
  routerSolicitations: -1,
  routerSolicitationIntervalMs: 4000,
  routerSolicitationMaxIntervalMs: 3_600_000,
  routerSolicitationDelayMs: 1000,
  addrGenMode: 'eui64',
  maxAddresses: 16,
  igmpVersion: 3,
  mldVersion: 2,
  igmpMaxMemberships: 64,
  igmpQrv: 2,
  ipfragHighThreshBytes: 4_194_304,
  ipfragTimeMs: 30_000,
  ip6fragTimeMs: 60_000,
  ipfragMaxDatagrams: 1024,
  // As many as the largest datagram can have.
  ipfragMaxFragments: 8192,
  minPmtu: 552,
  pmtuPlateaus: false,
  mtuExpiresMs: 600_000,
  icmpRatelimitMs: 1000,
  icmpMsgsPerSec: 1000,
  icmpMsgsBurst: 50,
  inetPeerThreshold: 65_664,
  icmpEchoIgnoreAll: false,
  icmpEchoIgnoreBroadcasts: true,
  icmpAnswerTimestamps: true,
  txqueuelen: 1000,
};

const RFC: IpSettings = {
  ...LINUX,
  // RFC 4861 §10: three solicitations, four seconds apart.
  routerSolicitations: 3,
  routerSolicitationMaxIntervalMs: 4000,
  // RFC 8064 §3: stable and opaque interface identifiers.
  addrGenMode: 'stable-privacy',
  // RFC 1122 §3.3.2: a fixed time between 60 and 120 seconds.
  ipfragTimeMs: 60_000,
  // RFC 9293 §3.9.2.1 MUST-53: source routes are to be kept for the way back, so they have to get in.
  acceptSourceRoute: true,
  // RFC 1191 §3: never below 68.
  minPmtu: 68,
  pmtuPlateaus: true,
  arpNotify: true,
};

const BOUNDS: Partial<Record<keyof IpSettings, readonly [min: number, max: number]>> = {
  ipDefaultTtl: [1, 255],
  hopLimit: [1, 255],
  routeMaxSize: [16, 1 << 20],
  routesMax: [1, 1 << 20],
  gcThresh1: [0, 1 << 20],
  gcThresh2: [0, 1 << 20],
  gcThresh3: [1, 1 << 20],
  gcStaleTimeMs: [0, 86_400_000],
  baseReachableTimeMs: [1, 3_600_000],
  retransTimeMs: [1, 3_600_000],
  delayFirstProbeTimeMs: [0, 3_600_000],
  ucastSolicit: [0, 100],
  mcastSolicit: [1, 100],
  unresQlenBytes: [0, 1 << 30],
  dadTransmits: [0, 100],
  routerSolicitations: [-1, 1000],
  routerSolicitationIntervalMs: [1, 3_600_000],
  routerSolicitationMaxIntervalMs: [1, 86_400_000],
  routerSolicitationDelayMs: [0, 3_600_000],
  maxAddresses: [1, 1024],
  igmpVersion: [2, 3],
  mldVersion: [1, 2],
  igmpMaxMemberships: [1, 65_536],
  igmpQrv: [1, 7],
  ipfragHighThreshBytes: [0, 1 << 30],
  ipfragTimeMs: [1, 3_600_000],
  ip6fragTimeMs: [1, 3_600_000],
  ipfragMaxDatagrams: [1, 1 << 20],
  ipfragMaxFragments: [1, 8192],
  mtuExpiresMs: [1, 2 ** 31 - 1],
  icmpRatelimitMs: [0, 3_600_000],
  icmpMsgsPerSec: [0, 1 << 20],
  icmpMsgsBurst: [0, 1 << 20],
  inetPeerThreshold: [1, 1 << 20],
  minPmtu: [68, 65_535],
  txqueuelen: [1, 1 << 20],
};

/**
 * The settings of a profile with some of them changed.
 * @throws ArgumentError when a name is unknown or a value is out of range.
 */
export function ipSettings(profile: 'linux' | 'rfc', changes: Partial<IpSettings> = {}): IpSettings {
  const base = profile === 'rfc' ? RFC : LINUX;
  for (const [name, value] of Object.entries(changes)) {
    const known = base[name as keyof IpSettings];
    if (known === undefined) throw new ArgumentError(`settings.${name}`, 'is not a setting of the IP layer');
    if (typeof value !== typeof known) {
      throw new ArgumentError(`settings.${name}`, `must be a ${typeof known}, got ${typeof value}`);
    }
    const bounds = BOUNDS[name as keyof IpSettings];
    if (bounds !== undefined) checkInteger(`settings.${name}`, value as number, bounds[0], bounds[1]);
  }
  const settings = { ...base, ...changes };
  if ((settings.routeMaxSize & (settings.routeMaxSize - 1)) !== 0) {
    throw new ArgumentError('settings.routeMaxSize', `must be a power of two, got ${settings.routeMaxSize}`);
  }
  if (settings.addrGenMode !== 'eui64' && settings.addrGenMode !== 'stable-privacy') {
    throw new ArgumentError('settings.addrGenMode', "must be 'eui64' or 'stable-privacy'");
  }
  return Object.freeze(settings);
}
