/** MLD messages of a host: reports and dones out (RFC 2710, RFC 3810), queries and reports of others in. */
import { Address, UNSPECIFIED_V6 } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DropReason } from '../wire/drop-reason.ts';
import type { IcmpMessage } from '../wire/icmp.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitMldV1, emitMldV2Report, MLDV1_LENGTH, MldMessage, parseMld } from '../wire/mld.ts';
import { MulticastRecord, writeMulticastRecord } from '../wire/multicast-record.ts';
import type { GroupMembership, Interface } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import type { IpOutput, LinkMessage } from './ip-output.ts';
import type { MembershipListener, MembershipSender } from './membership-protocol.ts';
import { multicastMacHigh, multicastMacLow } from './multicast-mac.ts';

const ALL_ROUTERS = Address.v6(0xff020000, 0, 0, 2);
const MLDV2_ROUTERS = Address.v6(0xff020000, 0, 0, 0x16);
const NO_SOURCES = new Int32Array(0);
const RECORD_BYTES = 20;

export class MldSender implements MembershipSender {
  private readonly context: IpContext;
  private readonly output: IpOutput;
  private readonly record = new MulticastRecord();
  private readonly message = new MldMessage();
  /** Carries the addresses for the pseudo-header. */
  private readonly pseudo = new IpPacket(new PlainPacketMemory(64));

  constructor(context: IpContext, output: IpOutput) {
    this.context = context;
    this.output = output;
  }

  reportNew(owner: Interface, groups: readonly GroupMembership[], recordType: number): void {
    const perReport = Math.max(1, Math.floor((owner.mtu6 - 48 - 8) / RECORD_BYTES));
    for (let from = 0; from < groups.length; from += perReport) {
      const some = groups.slice(from, from + perReport);
      const to = messageTo(owner, MLDV2_ROUTERS);
      const frame = this.output.beginFrame(owner, 48 + 8 + some.length * RECORD_BYTES);
      const { memory, offset } = frame.slot;
      const start = offset + owner.linkHeaderLength + this.output.messageHeaderLength(6, true);
      let end = start + 8;
      for (const { group } of some) {
        this.record.type = recordType;
        this.record.group0 = group.w0;
        this.record.group1 = group.w1;
        this.record.group2 = group.w2;
        this.record.group3 = group.w3;
        end = writeMulticastRecord(memory, end, 16, this.record, NO_SOURCES, 0);
      }
      this.pseudo.setAddresses(to.source, to.destination);
      const length = emitMldV2Report(memory, start, this.pseudo, end, some.length);
      this.context.counters.icmp6.OutMsgs++;
      this.context.counters.icmp6.OutMLDv2Reports++;
      this.output.sendMessage(frame, owner, to, length);
    }
  }

  reportOld(owner: Interface, group: Address): void {
    this.context.counters.icmp6.OutGroupMembResponses++;
    this.sendOld(owner, Icmpv6Type.multicastListenerReport, group, group);
  }

  leaveOld(owner: Interface, group: Address): void {
    this.context.counters.icmp6.OutGroupMembReductions++;
    this.sendOld(owner, Icmpv6Type.multicastListenerDone, group, ALL_ROUTERS);
  }

  private sendOld(owner: Interface, type: number, group: Address, destination: Address): void {
    const to = messageTo(owner, destination);
    const frame = this.output.beginFrame(owner, 48 + MLDV1_LENGTH);
    const { memory, offset } = frame.slot;
    const start = offset + owner.linkHeaderLength + this.output.messageHeaderLength(6, true);
    const { message } = this;
    message.type = type;
    message.maxResponseMs = 0;
    message.group0 = group.w0;
    message.group1 = group.w1;
    message.group2 = group.w2;
    message.group3 = group.w3;
    this.pseudo.setAddresses(to.source, to.destination);
    const length = emitMldV1(memory, start, this.pseudo, message);
    this.context.counters.icmp6.OutMsgs++;
    this.output.sendMessage(frame, owner, to, length);
  }
}

/** What arrives as a listener message. */
export class MldReceiver {
  private readonly message = new MldMessage();

  /** @returns DropReason */
  receive(owner: Interface, packet: IpPacket, icmp: IcmpMessage, listener: MembershipListener): DropReason {
    const { message } = this;
    const reason = parseMld(packet, icmp, message);
    if (reason !== DropReason.none) return reason;
    const group = Address.v6(message.group0, message.group1, message.group2, message.group3);
    if (message.type === Icmpv6Type.multicastListenerQuery) {
      listener.queryArrived(owner, 6, {
        version: message.version,
        maxResponseMs: message.maxResponseMs,
        group: group.isUnspecified ? null : group,
        robustness: message.robustness,
        queryIntervalSeconds: message.queryIntervalSeconds,
      });
    } else if (message.type === Icmpv6Type.multicastListenerReport) {
      listener.reportArrived(owner, group);
    }
    return DropReason.none;
  }
}

/** RFC 3810 §5: hop limit 1, router alert, from the link-local address or, while there is none, from nobody. */
function messageTo(owner: Interface, destination: Address): LinkMessage {
  return {
    source: owner.linkLocalAddress?.address ?? UNSPECIFIED_V6,
    destination,
    macHigh: multicastMacHigh(destination),
    macLow: multicastMacLow(destination),
    protocol: IpProtocol.icmpv6,
    hopLimit: 1,
    trafficClass: 0,
    routerAlert: true,
  };
}
