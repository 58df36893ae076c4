/**
 * A host of the simulator that sends nothing but SYNs, each from another address that nobody has, at a steady rate: the attack of
 * RFC 4987 section 2. It is no stack and answers nobody, so that every connection it begins stays half open.
 */
import { Address } from '../base/address.ts';
import { SeededGenerator } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import type { EventSocket, HostStack } from '../sim/index.ts';
import { pseudoHeaderSum } from '../wire/checksum.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/** The invented senders: 172.16.0.0/12, which the server's route leads back here. */
export const INVENTED_SENDERS = '172.16.0.0/12';
const SENDERS_FIRST = 0xac100000;
const SENDERS_COUNT = 1 << 20;

/** Whom it floods, how fast, and when. Hours in microseconds of the network. */
export interface FloodPlan {
  readonly target: string;
  readonly port: number;
  readonly perSecond: number;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly seed: number;
}

/** The attacker, in place of a stack; bare IP. */
export class FloodSource implements HostStack {
  sent = 0;
  received = 0;
  private readonly plan: FloodPlan;
  private readonly target: Address;
  private readonly random: SeededGenerator;
  private packet: IpPacket | null = null;

  constructor(plan: FloodPlan) {
    this.plan = plan;
    this.target = Address.parse(plan.target);
    this.random = new SeededGenerator(plan.seed);
  }

  addInterface(): { readonly id: number } {
    return { id: 0 };
  }

  addAddress(): void {}

  addRoute(): void {}

  receive(): void {
    this.received++;
  }

  pollTransmit(nowUs: number, slot: Slot): boolean {
    if (this.nextTimeoutUs() > nowUs) return false;
    this.sent++;
    this.write(slot);
    return true;
  }

  /** When the next SYN is due. */
  nextTimeoutUs(): number {
    const { fromUs, untilUs, perSecond } = this.plan;
    const dueUs = fromUs + (this.sent / perSecond) * 1e6;
    return dueUs < untilUs ? dueUs : Number.POSITIVE_INFINITY;
  }

  handleTimeout(): void {}

  pollEvent(): EventSocket | null {
    return null;
  }

  private write(slot: Slot): void {
    const { memory, offset } = slot;
    this.packet ??= new IpPacket(memory);
    const { packet, random, target, plan } = this;
    packet.setAddresses(Address.v4(SENDERS_FIRST + random.nextBelow(SENDERS_COUNT)), target);
    packet.protocol = IpProtocol.tcp;
    packet.hopLimit = 64;
    const at = offset + emitIpv4Header(memory, offset, packet, IPV4_HEADER_LENGTH + TCP_HEADER_LENGTH);
    const sourcePort = 1024 + random.nextBelow(64_000);
    const seq = random.nextInt32();
    emitTcpHeader(memory, at, sourcePort, plan.port, seq, 0, TcpFlag.syn, 1024, 0, TCP_HEADER_LENGTH);
    writeTcpChecksum(memory, at, TCP_HEADER_LENGTH, pseudoHeaderSum(packet, IpProtocol.tcp, TCP_HEADER_LENGTH));
    slot.length = at + TCP_HEADER_LENGTH - offset;
  }
}
