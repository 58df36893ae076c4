/**
 * Every parser of `src/wire` behind one call: a frame is read as deep as it goes, and everything found is told as text.
 * For tests that ask what a frame is, and for those that only ask that reading it is harmless.
 */
import type { PacketMemory } from '../../src/base/packet-memory.ts';
import * as wire from '../../src/wire/index.ts';
import { memoryWith } from './hex-frames.ts';

const { DropReason } = wire;

export class WireReader {
  readonly frame = new wire.EthernetFrame();
  readonly arp = new wire.ArpPacket();
  readonly packet: wire.IpPacket;
  readonly segment: wire.TcpSegment;
  readonly datagram: wire.UdpDatagram;
  readonly icmp = new wire.IcmpMessage();
  readonly quoted: wire.IpPacket;
  readonly ndp = new wire.NdpMessage();
  readonly prefix = new wire.PrefixInformation();
  readonly mld = new wire.MldMessage();
  readonly igmp = new wire.IgmpMessage();
  readonly record = new wire.MulticastRecord();
  readonly option = new wire.Ipv4OptionView();
  readonly route = new wire.ReturnRoute();
  /** What was read, layer by layer, with its drop reason. */
  readonly layers: { name: string; reason: number; view: object }[] = [];
  /** Trust checksums, so that spoiled frames are still read in depth. */
  trusting = false;

  constructor(memory: PacketMemory) {
    this.packet = new wire.IpPacket(memory);
    this.quoted = new wire.IpPacket(memory);
    this.segment = new wire.TcpSegment(this.packet);
    this.datagram = new wire.UdpDatagram(this.packet);
  }

  /** The last layer that was reached, and why it went no further. */
  get end(): string {
    const last = this.layers.at(-1);
    return last === undefined ? 'nothing' : `${last.name}: ${wire.dropReasonName(last.reason)}`;
  }

  readFrame(memory: PacketMemory, offset: number, end: number): void {
    this.layers.length = 0;
    if (!this.note('ethernet', wire.parseEthernet(memory, offset, end, this.frame), this.frame)) return;
    const { etherType, payloadOffset, payloadEnd } = this.frame;
    if (etherType === wire.EtherType.arp || etherType === wire.EtherType.rarp) {
      this.note('arp', wire.parseArp(memory, payloadOffset, payloadEnd, this.arp), this.arp);
    } else if (etherType === wire.EtherType.ipv4 || etherType === wire.EtherType.ipv6) {
      this.readIp(memory, payloadOffset, payloadEnd);
    }
  }

  /** Reads a bare IP packet; the family is the version's. */
  readIp(memory: PacketMemory, offset: number, end: number): void {
    const { packet } = this;
    packet.checksumVerified = this.trusting ? 1 : 0;
    const isV6 = end > offset && memory.u8[offset]! >>> 4 === 6;
    const parse = isV6 ? wire.parseIpv6 : wire.parseIpv4;
    if (!this.note('ip', parse(memory, offset, end, packet), packet)) return;
    if (packet.optionsLength > 0) this.readIpv4Options();
    if (packet.isFragment) return;
    switch (packet.protocol) {
      case wire.IpProtocol.tcp:
        this.note('tcp', wire.parseTcp(this.segment), this.segment);
        break;
      case wire.IpProtocol.udp:
        this.note('udp', wire.parseUdp(this.datagram), this.datagram);
        break;
      case wire.IpProtocol.icmp:
        if (this.note('icmp', wire.parseIcmp(packet, this.icmp), this.icmp) && wire.isIcmpError(this.icmp.type)) {
          this.readQuoted();
        }
        break;
      case wire.IpProtocol.icmpv6:
        if (this.note('icmpv6', wire.parseIcmpv6(packet, this.icmp), this.icmp)) this.readIcmpv6();
        break;
      case wire.IpProtocol.igmp:
        if (this.note('igmp', wire.parseIgmp(packet, this.igmp), this.igmp)) {
          this.readRecords(4, this.igmp.recordCount, this.igmp.recordsOffset, this.igmp.end);
        }
        break;
      default:
        break;
    }
  }

  /** Everything found, as text without the memory it lies in. */
  describe(): string {
    return JSON.stringify(this.layers.map((layer) => ({ ...layer, view: this.plain(layer.view) })));
  }

  private readIpv4Options(): void {
    wire.startIpv4Options(this.packet, this.option);
    while (wire.nextIpv4Option(this.packet, this.option)) this.note('option', DropReason.none, { ...this.option });
    if (wire.buildReturnRoute(this.packet, this.route)) {
      this.note('route', DropReason.none, { hop: this.route.firstHop, bytes: [...this.route.bytes] });
    }
  }

  private readQuoted(): void {
    const { icmp, quoted, packet } = this;
    const end = icmp.bodyOffset + icmp.bodyLength;
    this.note('quoted', wire.parseQuotedPacket(packet.memory, icmp.bodyOffset, end, quoted), quoted);
  }

  private readIcmpv6(): void {
    const { icmp, packet } = this;
    if (wire.isIcmpv6Error(icmp.type)) this.readQuoted();
    if (wire.isNdp(icmp.type) && this.note('ndp', wire.parseNdp(packet, icmp, this.ndp), this.ndp)) {
      this.prefix.nextOffset = this.ndp.optionsOffset;
      while (wire.nextPrefix(packet.memory, this.ndp, this.prefix)) {
        this.note('prefix', DropReason.none, { ...this.prefix });
      }
    }
    if (wire.isMld(icmp.type) && this.note('mld', wire.parseMld(packet, icmp, this.mld), this.mld)) {
      this.readRecords(16, this.mld.recordCount, this.mld.recordsOffset, this.mld.end);
    }
  }

  private readRecords(addressLength: 4 | 16, count: number, offset: number, end: number): void {
    this.record.nextOffset = offset;
    for (let index = 0; index < count; index++) {
      if (!wire.nextMulticastRecord(this.packet.memory, addressLength, end, this.record)) break;
      this.note('record', DropReason.none, { ...this.record });
    }
  }

  private note(name: string, reason: number, view: object): boolean {
    this.layers.push({ name, reason, view });
    return reason === DropReason.none;
  }

  private plain(view: object): object {
    return Object.fromEntries(
      Object.entries(view)
        .filter(([key]) => key !== 'memory' && key !== 'packet')
        .map(([key, value]) => [key, value instanceof Int32Array ? [...value] : value]),
    );
  }
}

/** Reads the Ethernet frame `bytes` from a memory of its own. */
export function readFrame(bytes: Uint8Array): WireReader {
  const memory = memoryWith(bytes);
  const reader = new WireReader(memory);
  reader.readFrame(memory, 32, 32 + bytes.length);
  return reader;
}

/** Reads the bare IP packet `bytes` from a memory of its own. */
export function readPacket(bytes: Uint8Array, trusting = false): WireReader {
  const memory = memoryWith(bytes);
  const reader = new WireReader(memory);
  reader.trusting = trusting;
  reader.readIp(memory, 32, 32 + bytes.length);
  return reader;
}
