/** One multicast group an interface listens to, for IPv4 (IGMP, RFC 3376) and IPv6 (MLD, RFC 3810) alike. */
import type { Address, AddressFamily } from '../base/address.ts';
import { TimerEntry } from '../base/timer-wheel.ts';
import type { Interface } from './interface.ts';
import { IpTimerKind } from './timer-kinds.ts';

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

/** The high 16 bits of the Ethernet address of a group (RFC 1112 section 6.4, RFC 2464 section 7). */
export function multicastMacHigh(group: Address): number {
  return group.family === 4 ? 0x0100 : 0x3333;
}

/** The low 32 bits: 01:00:5e and 23 bits of the group, or 33:33 and its last four octets. */
export function multicastMacLow(group: Address): number {
  return group.family === 4 ? 0x5e000000 | (group.w3 & 0x7fffff) : group.w3;
}
