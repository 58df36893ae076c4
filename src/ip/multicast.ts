/**
 * The groups our interfaces listen to and how routers learn of them: IGMPv2 and v3 for IPv4, MLDv1 and v2 for IPv6, host
 * side, any-source. One machine for both families; formats are in igmp.ts and mld.ts.
 */
import { Address } from '../base/address.ts';
import { TICKS_PER_MS } from '../base/clock.ts';
import { MulticastRecordType } from '../wire/multicast-record.ts';
import { IgmpSender } from './igmp.ts';
import { GroupMembership, type Interface, type QuerierState } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import type { IpOutput } from './ip-output.ts';
import type { MembershipListener, MembershipQuery, MembershipSender } from './membership-protocol.ts';
import { MldSender } from './mld.ts';

/** RFC 3376 §8.11, RFC 3810 §9.11: unsolicited reports follow each other within a second, in older versions within ten. */
const UNSOLICITED_INTERVAL_MS = 1000;
const UNSOLICITED_INTERVAL_OLD_MS = 10_000;

export class Multicast implements MembershipListener {
  private readonly context: IpContext;
  private readonly igmp: MembershipSender;
  private readonly mld: MembershipSender;

  constructor(context: IpContext, output: IpOutput) {
    this.context = context;
    this.igmp = new IgmpSender(output);
    this.mld = new MldSender(context, output);
  }

  /**
   * Joins a group; null when the interface has as many as it may.
   * @param isOwed an address of ours needs it: the limit is for those that are asked for
   */
  join(owner: Interface, group: Address, isOwed = false): GroupMembership | null {
    const known = owner.findGroup(group.w0, group.w1, group.w2, group.w3);
    if (known !== null) {
      known.references++;
      return known;
    }
    if (!isOwed && owner.groups.length >= this.context.settings.igmpMaxMemberships) return null;
    const made = new GroupMembership(owner, group);
    owner.groups.push(made);
    this.announce(made);
    return made;
  }

  /** The link is another, perhaps: it has to hear of all groups again. */
  restart(owner: Interface): void {
    for (const membership of owner.groups) this.announce(membership);
  }

  /** Takes one join back; the group is left with the last. False: it was not joined. */
  leave(owner: Interface, group: Address): boolean {
    const known = owner.findGroup(group.w0, group.w1, group.w2, group.w3);
    if (known === null) return false;
    known.references--;
    if (known.references > 0) return true;
    this.context.wheel.cancel(known);
    owner.groups.splice(owner.groups.indexOf(known), 1);
    if (!isReported(owner, group)) return true;
    const version = this.olderVersion(owner, group.family);
    const sender = this.senderOf(group.family);
    if (version === 0) sender.reportNew(owner, [known], MulticastRecordType.changeToInclude);
    else if (version > 1 || group.family === 6) {
      if (known.isLastReporter) sender.leaveOld(owner, group, version);
    }
    return true;
  }

  /** A router asks who listens: every group it asks for is reported at a random moment (RFC 3376 section 5.2). */
  queryArrived(owner: Interface, family: 4 | 6, query: MembershipQuery): void {
    const querier = family === 4 ? owner.querier4 : owner.querier6;
    const newest = this.newestVersion(family);
    if (query.version < newest) {
      querier.olderVersion = query.version;
      const seconds = querier.robustness * querier.queryIntervalSeconds + query.maxResponseMs / 1000;
      querier.olderUntilUs = this.context.clock.nowUs + seconds * 1_000_000;
      this.context.wheel.cancel(querier);
    } else {
      if (query.robustness > 0) querier.robustness = query.robustness;
      if (query.queryIntervalSeconds > 0) querier.queryIntervalSeconds = query.queryIntervalSeconds;
    }
    if (query.group === null && this.olderVersion(owner, family) === 0) {
      this.scheduleWithin(querier, query.maxResponseMs);
      return;
    }
    for (const membership of owner.groups) {
      if (membership.group.family !== family || !isReported(owner, membership.group)) continue;
      if (query.group !== null && !query.group.equals(membership.group)) continue;
      membership.isAnswerDue = true;
      this.scheduleWithin(membership, query.maxResponseMs);
    }
  }

  /** Another host reported a group in an older version: ours need not be repeated (RFC 2236 section 3). */
  reportArrived(owner: Interface, group: Address): void {
    const known = owner.findGroup(group.w0, group.w1, group.w2, group.w3);
    if (known === null || this.olderVersion(owner, group.family) === 0) return;
    this.context.wheel.cancel(known);
    known.isAnswerDue = false;
    known.reportsLeft = 0;
    known.isLastReporter = false;
  }

  membershipTimerExpired(membership: GroupMembership): void {
    if (membership.reportsLeft > 0 || membership.isAnswerDue) this.report(membership);
  }

  querierTimerExpired(querier: QuerierState): void {
    const owner = querier.interface;
    const groups = owner.groups.filter(({ group }) => group.family === querier.family && isReported(owner, group));
    if (groups.length === 0) return;
    this.senderOf(querier.family).reportNew(owner, groups, MulticastRecordType.modeIsExclude);
  }

  private announce(membership: GroupMembership): void {
    if (!isReported(membership.interface, membership.group)) return;
    membership.reportsLeft = this.context.settings.igmpQrv;
    this.report(membership);
  }

  private report(membership: GroupMembership): void {
    const { interface: owner, group } = membership;
    const version = this.olderVersion(owner, group.family);
    const sender = this.senderOf(group.family);
    const isChange = membership.reportsLeft > 0;
    if (version === 0) {
      const type = isChange ? MulticastRecordType.changeToExclude : MulticastRecordType.modeIsExclude;
      sender.reportNew(owner, [membership], type);
    } else {
      sender.reportOld(owner, group, version);
    }
    membership.isAnswerDue = false;
    membership.isLastReporter = true;
    if (!isChange) return;
    membership.reportsLeft--;
    const intervalMs = version === 0 ? UNSOLICITED_INTERVAL_MS : UNSOLICITED_INTERVAL_OLD_MS;
    if (membership.reportsLeft > 0) this.scheduleWithin(membership, intervalMs);
  }

  /** Arms for a random moment in (0, maxMs], unless it is due earlier already. */
  private scheduleWithin(entry: GroupMembership | QuerierState, maxMs: number): void {
    const { wheel, clock, random } = this.context;
    const fraction = (random.publicInt32() >>> 0) / 4294967296;
    const due = (clock.tick + 1 + Math.floor(fraction * maxMs * TICKS_PER_MS)) | 0;
    if (entry.isArmed && ((entry.dueTick - due) | 0) <= 0) return;
    wheel.schedule(entry, due);
  }

  /** The version of an older querier that is still about, 0 when the newest is spoken. */
  private olderVersion(owner: Interface, family: 4 | 6): number {
    const querier = family === 4 ? owner.querier4 : owner.querier6;
    if (querier.olderVersion > 0 && this.context.clock.nowUs < querier.olderUntilUs) return querier.olderVersion;
    const newest = this.newestVersion(family);
    return newest === (family === 4 ? 3 : 2) ? 0 : newest;
  }

  private newestVersion(family: 4 | 6): number {
    return family === 4 ? this.context.settings.igmpVersion : this.context.settings.mldVersion;
  }

  private senderOf(family: 4 | 6): MembershipSender {
    return family === 4 ? this.igmp : this.mld;
  }
}

/** ff02::1:ffXX:XXXX, where the solicitations for an address arrive (RFC 4291 section 2.7.1). */
export function solicitedNodeGroup(address: Address): Address {
  return Address.v6(0xff020000, 0, 1, 0xff000000 | (address.w3 & 0xffffff));
}

/** RFC 3376 §5, RFC 3810 §6: all-hosts groups and those of smaller scope than the link are never reported. */
export function isReported(owner: Interface, group: Address): boolean {
  if (owner.isLoopback) return false;
  if (group.family === 4) return group.w3 !== (0xe0000001 | 0);
  const scope = (group.w0 >>> 16) & 0xf;
  const isAllNodes = group.w0 === (0xff020000 | 0) && (group.w1 | group.w2) === 0 && group.w3 === 1;
  return scope > 1 && !isAllNodes;
}
