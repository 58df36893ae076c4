/**
 * ARP for IPv4 over Ethernet (RFC 826): requests for the neighbor cache, answers for our addresses, and what others tell.
 * A station that uses one of our addresses is noticed and, at most every ten seconds, told (RFC 5227 section 2.4 b).
 */
import { Address } from '../base/address.ts';
import { TICKS_PER_SECOND } from '../base/clock.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import { ARP_LENGTH, ArpOperation, ArpPacket, emitArp, parseArp } from '../wire/arp.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { EtherType, emitEthernet } from '../wire/ethernet.ts';
import type { Interface, InterfaceAddress } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import type { IpOutput } from './ip-output.ts';
import type { NeighborCache } from './neighbor.ts';
import type { Neighbor } from './neighbor-entry.ts';

const DEFEND_INTERVAL_TICKS = 10 * TICKS_PER_SECOND;

export class Arp {
  private readonly context: IpContext;
  private readonly output: IpOutput;
  private readonly neighbors: NeighborCache;
  private readonly received = new ArpPacket();
  private readonly sent = new ArpPacket();
  private hasDefended = false;
  private defendedTick = 0;

  constructor(context: IpContext, output: IpOutput, neighbors: NeighborCache) {
    this.context = context;
    this.output = output;
    this.neighbors = neighbors;
  }

  /** An ARP packet came in by `owner`. @returns DropReason */
  receive(owner: Interface, memory: PacketMemory, offset: number, end: number, isGroup: boolean): DropReason {
    const arp = this.received;
    const reason = parseArp(memory, offset, end, arp);
    if (reason !== DropReason.none) return reason;
    if (arp.operation > ArpOperation.reply) return DropReason.arpUnsupported;
    if ((arp.senderHardwareHigh & 0x100) !== 0) return DropReason.martianSource;
    const sender = Address.v4(arp.senderAddress);
    const isProbe = sender.isUnspecified;
    if (sender.isMulticast || sender.isLoopback || sender.isLimitedBroadcast) return DropReason.martianSource;
    if (!isProbe && owner.findAddress(sender.w0, sender.w1, sender.w2, sender.w3) !== null) {
      const isOurs = arp.senderHardwareHigh === owner.mac.high && arp.senderHardwareLow === owner.mac.low;
      if (!isOurs) this.defend(owner, sender);
      return DropReason.none;
    }
    const target = Address.v4(arp.targetAddress);
    const isForUs = owner.findAddress(target.w0, target.w1, target.w2, target.w3)?.isUsable === true;
    if (arp.operation === ArpOperation.reply) {
      this.replied(owner, sender, isForUs && !isGroup);
      return DropReason.none;
    }
    // RFC 826: whoever asks for us will be talked to, so it is entered; others only when they are known already.
    if (!isProbe) this.neighbors.heard(owner, sender, arp.senderHardwareHigh, arp.senderHardwareLow, isForUs);
    if (isForUs) this.reply(owner);
    return DropReason.none;
  }

  /** Asks who has the neighbor's address; RFC 1122 §2.3.2.1: by unicast when an old entry is to be checked. */
  solicit(neighbor: Neighbor, isUnicast: boolean): void {
    const owner = neighbor.interface;
    const { sent } = this;
    sent.operation = ArpOperation.request;
    sent.senderAddress = this.senderFor(owner, neighbor.key);
    sent.targetAddress = neighbor.key.w3;
    sent.targetHardwareHigh = 0;
    sent.targetHardwareLow = 0;
    if (isUnicast) this.send(owner, neighbor.macHigh, neighbor.macLow);
    else this.send(owner, 0xffff, -1);
  }

  /** Tells everybody that an address is ours (RFC 5227 section 2.3): a request for it, from it. */
  announce(entry: InterfaceAddress): void {
    const { sent } = this;
    sent.operation = ArpOperation.request;
    sent.senderAddress = entry.address.w3;
    sent.targetAddress = entry.address.w3;
    sent.targetHardwareHigh = 0;
    sent.targetHardwareLow = 0;
    this.send(entry.interface, 0xffff, -1);
  }

  private replied(owner: Interface, sender: Address, isSolicited: boolean): void {
    const { senderHardwareHigh: high, senderHardwareLow: low } = this.received;
    const neighbor = this.neighbors.find(owner, sender);
    if (neighbor !== null) this.neighbors.advertised(neighbor, true, high, low, isSolicited, true, neighbor.isRouter);
  }

  private reply(owner: Interface): void {
    const { sent, received } = this;
    sent.operation = ArpOperation.reply;
    sent.senderAddress = received.targetAddress;
    sent.targetAddress = received.senderAddress;
    sent.targetHardwareHigh = received.senderHardwareHigh;
    sent.targetHardwareLow = received.senderHardwareLow;
    this.send(owner, received.senderHardwareHigh, received.senderHardwareLow);
  }

  private defend(owner: Interface, address: Address): void {
    this.context.counters.neighbor.addressConflicts++;
    const { tick } = this.context.clock;
    const since = (tick - this.defendedTick) | 0;
    // A difference that looks negative is one of more than 59 hours.
    if (this.hasDefended && since >= 0 && since < DEFEND_INTERVAL_TICKS) return;
    const entry = owner.findAddress(address.w0, address.w1, address.w2, address.w3);
    if (entry === null) return;
    this.hasDefended = true;
    this.defendedTick = tick;
    this.announce(entry);
  }

  /** Our address in the target's subnet, else the first of the interface. */
  private senderFor(owner: Interface, target: Address): number {
    let first = 0;
    for (const entry of owner.addresses) {
      if (entry.address.family !== 4 || !entry.isUsable) continue;
      if (entry.prefix.contains(target)) return entry.address.w3;
      if (first === 0) first = entry.address.w3;
    }
    return first;
  }

  private send(owner: Interface, macHigh: number, macLow: number): void {
    if (!owner.isEthernet) return;
    const frame = this.output.beginFrame(owner, ARP_LENGTH);
    const { memory, offset } = frame.slot;
    this.sent.senderHardwareHigh = owner.mac.high;
    this.sent.senderHardwareLow = owner.mac.low;
    emitEthernet(memory, offset, macHigh, macLow, owner.mac.high, owner.mac.low, EtherType.arp);
    emitArp(memory, offset + owner.linkHeaderLength, this.sent);
    this.output.enqueue(owner, frame);
  }
}
