/**
 * What is known of path MTUs (RFC 1191, RFC 8201). A message only ever lowers one, never below the least that is sensible,
 * and what was learned is forgotten after a while, so that a path that got wider is found again. Whether a message may be
 * believed is for the transport to say (RFC 5927 section 7): it asks for the `candidate` and then may `accept` it.
 */
import { type Address, UNSPECIFIED_V4 } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import { IPV6_MIN_MTU } from '../base/link-capabilities.ts';
import { type AddressKeyed, AddressTable } from './address-table.ts';

/** What is believed, and for how long. */
export interface PathMtuSettings {
  /** Smallest IPv4 path MTU believed: 552 on Linux, 68 by RFC 1191. */
  readonly minPmtu: number;
  /** RFC 1191 section 6.3 and RFC 8201 section 5.3: ten minutes, never less than five. */
  readonly mtuExpiresMs: number;
  /** A router that names no MTU means the next plateau; else `minPmtu`, as on Linux. */
  readonly pmtuPlateaus: boolean;
}

/** RFC 1191 §7.1: sizes at which real links stop, for routers that do not say theirs. */
const PLATEAUS: readonly number[] = [65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];

/** One learned path MTU. */
export class PathMtuEntry implements AddressKeyed<PathMtuEntry> {
  key: Address = UNSPECIFIED_V4;
  tableNext: PathMtuEntry | null = null;
  /** Largest IP packet, in bytes. */
  mtu = 0;
  /** The path takes even less than `minPmtu`: packets up to it go without DF and may be cut on the way. */
  isLocked = false;
  /** Driver's microseconds at which it is forgotten. */
  untilUs = 0;
}

// RFC 8201 §5.2 R8201-7: by destination.
// RFC 4821 §5.2 R4821-17: never by prefix.
export class PathMtuCache {
  /** Grows whenever something is learned; a cached MTU of an older generation may be too large. */
  generation = 0;
  private readonly clock: Clock;
  private readonly settings: PathMtuSettings;
  private readonly entriesMax: number;
  private readonly table: AddressTable<PathMtuEntry>;
  /** In order of learning; the next to be replaced is at `hand`. */
  private readonly ring: PathMtuEntry[] = [];
  private hand = 0;

  /** @param entriesMax destinations remembered, a power of two */
  constructor(clock: Clock, hash: KeyedHash, settings: PathMtuSettings, entriesMax: number) {
    this.clock = clock;
    this.settings = settings;
    this.entriesMax = entriesMax;
    this.table = new AddressTable(hash, entriesMax);
  }

  /** Destinations remembered, those about to be forgotten included. */
  get size(): number {
    return this.table.size;
  }

  /** What is known about the path to `remote` and not too old, else null. */
  find(remote: Address): PathMtuEntry | null {
    const entry = this.table.find(remote);
    if (entry === null || entry.key.family !== remote.family) return null;
    // RFC 1191 §6.3 R1191-7: an old value is forgotten, the path may have become wider. A wrong guess costs one packet.
    return entry.untilUs > this.clock.nowUs ? entry : null;
  }

  // RFC 1191 §6.5 R1191-9: the interface's MTU stays a bound.
  /** Largest IP packet for `remote` over a first hop of `linkMtu` bytes. */
  mtuFor(remote: Address, linkMtu: number): number {
    const entry = this.find(remote);
    return entry !== null && entry.mtu < linkMtu ? entry.mtu : linkMtu;
  }

  /**
   * What a message would make of the path MTU, were it believed.
   * @param currentMtu what is used now for this path
   * @param reportedMtu from the message; 0 from routers older than RFC 1191
   * @param quotedTotalLength total length in the quoted IP header, 0 when it is not known
   * @returns the new path MTU, less than `currentMtu`; 0: the message says nothing new or nothing sensible
   */
  candidate(remote: Address, currentMtu: number, reportedMtu: number, quotedTotalLength: number): number {
    // RFC 8201 §4 R8201-1: below the minimum there is no such IPv6 link, so nobody honest says it.
    if (remote.family === 6) return reportedMtu < IPV6_MIN_MTU || reportedMtu >= currentMtu ? 0 : reportedMtu;
    const isGuessed = reportedMtu === 0 && this.settings.pmtuPlateaus;
    const reported = isGuessed ? plateauBelow(currentMtu, quotedTotalLength) : reportedMtu;
    const floored = Math.max(reported, this.settings.minPmtu);
    // RFC 1191 §3 R1191-2: never up because of a message, never below 68.
    return floored >= currentMtu ? 0 : floored;
  }

  /**
   * What to accept of a message that is no candidate because the first hop takes no more than `minPmtu` itself, while a later
   * one takes even less: `minPmtu`, which locks the path; else 0.
   */
  lockFor(remote: Address, currentMtu: number, reportedMtu: number): number {
    const { minPmtu } = this.settings;
    const isSmaller = reportedMtu > 0 && reportedMtu < currentMtu && currentMtu <= minPmtu;
    return remote.family === 4 && isSmaller ? minPmtu : 0;
  }

  // RFC 1191 §3 R1191-4: at once, and for ten minutes, which is more than five.
  // RFC 8201 §5.3 R8201-6: for IPv6 too.
  // RFC 8201 §4 R8201-5: and nothing larger before.
  /**
   * Believes a candidate: the path MTU to `remote` falls to `mtu` for `mtuExpiresMs`.
   * @returns the entry, or null when `mtu` is not less than what is known already
   */
  accept(remote: Address, mtu: number): PathMtuEntry | null {
    const known = this.find(remote);
    if (known !== null && known.mtu <= mtu) return null;
    const least = remote.family === 4 ? this.settings.minPmtu : IPV6_MIN_MTU;
    const entry = known ?? this.entryFor(remote);
    entry.mtu = Math.max(mtu, least);
    entry.isLocked = remote.family === 4 && mtu <= least;
    entry.untilUs = this.clock.nowUs + this.settings.mtuExpiresMs * 1000;
    this.generation++;
    return entry;
  }

  /** Forgets what was learned about a path, as after a change of route. */
  forget(remote: Address): void {
    const entry = this.find(remote);
    if (entry === null) return;
    entry.untilUs = 0;
    this.generation++;
  }

  /** An entry for `remote`: its own that has aged, a new one, or the one learned longest ago. */
  private entryFor(remote: Address): PathMtuEntry {
    const aged = this.table.find(remote);
    if (aged !== null) return aged;
    let entry = this.ring[this.hand];
    if (this.ring.length < this.entriesMax || entry === undefined) {
      entry = new PathMtuEntry();
      this.ring.push(entry);
    } else {
      this.table.remove(entry);
      this.hand = (this.hand + 1) % this.ring.length;
    }
    entry.key = remote;
    this.table.add(entry);
    return entry;
  }
}

// RFC 1191 §5 R1191-3: routers older than this RFC name no MTU.
/**
 * The largest plateau below the packet that did not fit. A quoted length of 0 or above what we send can only
 * be wrong (some routers quote it in host order), then the present path MTU takes its place.
 */
function plateauBelow(currentMtu: number, quotedTotalLength: number): number {
  const isCredible = quotedTotalLength > 0 && quotedTotalLength <= currentMtu;
  const length = isCredible ? quotedTotalLength : currentMtu;
  for (const plateau of PLATEAUS) if (plateau < length) return plateau;
  return 68;
}
