/** IGMP messages of a host: reports and leaves out (RFC 2236, RFC 3376), queries and reports of others in. */
import { Address, UNSPECIFIED_V4 } from '../base/address.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { emitIgmp, emitIgmpV3Report, IGMP_LENGTH, IgmpMessage, IgmpType, parseIgmp } from '../wire/igmp.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { MulticastRecord, writeMulticastRecord } from '../wire/multicast-record.ts';
import type { GroupMembership, Interface } from './interface.ts';
import type { IpOutput, LinkMessage } from './ip-output.ts';
import type { MembershipListener, MembershipSender } from './membership-protocol.ts';
import { multicastMacHigh, multicastMacLow } from './multicast-mac.ts';

const ALL_ROUTERS = Address.v4(0xe0000002);
const IGMPV3_ROUTERS = Address.v4(0xe0000016);
const NO_SOURCES = new Int32Array(0);
/** Precedence "internetwork control" (RFC 3376 section 4). */
const TRAFFIC_CLASS = 0xc0;
const RECORD_BYTES = 8;

export class IgmpSender implements MembershipSender {
  private readonly output: IpOutput;
  private readonly record = new MulticastRecord();

  constructor(output: IpOutput) {
    this.output = output;
  }

  reportNew(owner: Interface, groups: readonly GroupMembership[], recordType: number): void {
    const perReport = Math.max(1, Math.floor((owner.mtu - 24 - 8) / RECORD_BYTES));
    for (let from = 0; from < groups.length; from += perReport) {
      const some = groups.slice(from, from + perReport);
      const frame = this.output.beginFrame(owner, 24 + 8 + some.length * RECORD_BYTES);
      const { memory, offset } = frame.slot;
      const start = offset + owner.linkHeaderLength + this.output.messageHeaderLength(4, true);
      let end = start + 8;
      for (const { group } of some) {
        this.record.type = recordType;
        this.record.group3 = group.w3;
        end = writeMulticastRecord(memory, end, 4, this.record, NO_SOURCES, 0);
      }
      const length = emitIgmpV3Report(memory, start, end, some.length);
      this.output.sendMessage(frame, owner, this.messageTo(owner, IGMPV3_ROUTERS), length);
    }
  }

  reportOld(owner: Interface, group: Address, version: number): void {
    this.sendOld(owner, version === 1 ? IgmpType.reportV1 : IgmpType.reportV2, group, group);
  }

  leaveOld(owner: Interface, group: Address): void {
    this.sendOld(owner, IgmpType.leave, group, ALL_ROUTERS);
  }

  private sendOld(owner: Interface, type: number, group: Address, to: Address): void {
    const frame = this.output.beginFrame(owner, 24 + IGMP_LENGTH);
    const { memory, offset } = frame.slot;
    const start = offset + owner.linkHeaderLength + this.output.messageHeaderLength(4, true);
    const length = emitIgmp(memory, start, type, 0, group.w3);
    this.output.sendMessage(frame, owner, this.messageTo(owner, to), length);
  }

  /** RFC 3376 §4: TTL 1, router alert; a host without an address says 0.0.0.0. */
  private messageTo(owner: Interface, destination: Address): LinkMessage {
    const entry = owner.addresses.find(({ address, isUsable }) => address.family === 4 && isUsable);
    return {
      source: entry?.address ?? UNSPECIFIED_V4,
      destination,
      macHigh: multicastMacHigh(destination),
      macLow: multicastMacLow(destination),
      protocol: IpProtocol.igmp,
      hopLimit: 1,
      trafficClass: TRAFFIC_CLASS,
      routerAlert: true,
    };
  }
}

/** What arrives as protocol 2. */
export class IgmpReceiver {
  private readonly message = new IgmpMessage();

  /** @returns DropReason */
  receive(owner: Interface, packet: IpPacket, listener: MembershipListener): DropReason {
    const { message } = this;
    const reason = parseIgmp(packet, message);
    if (reason !== DropReason.none) return reason;
    if (message.type === IgmpType.query) {
      listener.queryArrived(owner, 4, {
        version: message.version,
        maxResponseMs: message.maxResponseTenths * 100,
        group: message.group === 0 ? null : Address.v4(message.group),
        robustness: message.robustness,
        queryIntervalSeconds: message.queryIntervalSeconds,
      });
    } else if (message.type === IgmpType.reportV1 || message.type === IgmpType.reportV2) {
      listener.reportArrived(owner, Address.v4(message.group));
    }
    return DropReason.none;
  }
}
