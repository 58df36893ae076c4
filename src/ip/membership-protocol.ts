/** What the machine of group memberships and the protocols of both families, IGMP and MLD, have to do with each other. */
import type { Address } from '../base/address.ts';
import type { GroupMembership, Interface } from './interface.ts';

/** Hears what others on the link say about groups. */
export interface MembershipListener {
  queryArrived(owner: Interface, family: 4 | 6, query: MembershipQuery): void;
  reportArrived(owner: Interface, group: Address): void;
}

/** Sends one family's messages. `recordType` is a MulticastRecordType. */
export interface MembershipSender {
  /** Reports in the newest version. */
  reportNew(owner: Interface, groups: readonly GroupMembership[], recordType: number): void;
  /** Reports or leaves one group the way an older querier understands. */
  reportOld(owner: Interface, group: Address, version: number): void;
  leaveOld(owner: Interface, group: Address, version: number): void;
}

/** A query, in the terms both families share. */
export interface MembershipQuery {
  version: number;
  maxResponseMs: number;
  /** Null: general. */
  group: Address | null;
  robustness: number;
  queryIntervalSeconds: number;
}
