/**
 * Everything `src/wire` writes, from numbers of the input, read back by its own parsers and summed up by hand: what was written is
 * what is read, and every checksum is right.
 */
import * as wire from '../../../src/wire/index.ts';
import { frameBytes, memoryWith, slowChecksum } from '../../../test/support/hex-frames.ts';
import { InputReader, must, same, type Target } from '../target.ts';
import { optionPlan } from './emit-options.ts';

const { DropReason, IpProtocol, Icmpv6Type, IgmpType } = wire;
const AT = 40;
const ROOM = 2_400;

type Emit = (input: InputReader) => void;

interface Ground {
  readonly memory: wire.IpPacket['memory'];
  readonly packet: wire.IpPacket;
}

function ground(input: InputReader, family: 4 | 6): Ground {
  const memory = memoryWith(new Uint8Array(ROOM), 0, 0);
  const packet = new wire.IpPacket(memory);
  packet.family = family;
  packet.setSourceV4(input.i32());
  packet.setDestinationV4(input.i32());
  if (family === 6) {
    packet.source0 = input.pick([0xfe80_0000 | 0, 0, 0x2001_0db8]);
    packet.source2 = 0;
    if (packet.source0 === 0) packet.source3 = 0;
    packet.destination0 = input.pick([0xfe80_0000 | 0, 0xff02_0000 | 0]);
    packet.destination1 = 0;
    packet.destination2 = input.pick([0, 1]);
  }
  return { memory, packet };
}

/** The payload at AT of `length` octets, as if it had come in `packet`. */
function arrived({ memory, packet }: Ground, length: number, protocol: number): void {
  packet.memory = memory;
  packet.protocol = protocol;
  packet.headerOffset = AT - 40;
  packet.headerLength = 40;
  packet.totalLength = 40 + length;
  packet.payloadOffset = AT;
  packet.payloadLength = length;
  packet.checksumVerified = 0;
}

const ethernet: Emit = (input) => {
  const { memory } = ground(input, 4);
  const [high, low, type] = [input.u16(), input.i32(), 0x600 + (input.u16() % 0xf9ff)];
  const tags = input.u8() % 3;
  const [id, priority, isEligible] = [input.u16() & 0xfff, input.u8() & 7, input.u8() > 127];
  const sized = input.u8() > 127;
  const length = input.u8();
  let end = AT + wire.emitEthernet(memory, AT, high, low, high, low, type);
  for (let left = tags; left > 0; left--)
    end = wire.emitVlanTag(memory, end - 2, id, priority, isEligible, type, left === 2 ? 0x88a8 : 0x8100);
  if (sized) end = wire.emitLlcSnap(memory, end - 2, type, length);
  const frame = new wire.EthernetFrame();
  const reason = wire.parseEthernet(memory, AT, end + length, frame);
  if (wire.isVlanType(type)) return;
  same('ethernet', [DropReason.none, reason], [high, frame.destinationHigh], [low, frame.sourceLow]);
  same('ethernet', [type, frame.etherType], [end, frame.payloadOffset], [end + length, frame.payloadEnd]);
  same('ethernet', [tags, frame.vlanTags], [sized, frame.isLlc], [(high & 0x100) !== 0, frame.isGroup]);
  same('ethernet', [high === 0xffff && low === -1, frame.isBroadcast]);
  if (tags > 0) same('vlan', [id, frame.vlanId], [priority, frame.vlanPriority], [isEligible, frame.vlanDropEligible]);
};

const arp: Emit = (input) => {
  const { memory } = ground(input, 4);
  const written = new wire.ArpPacket();
  written.operation = 1 + (input.u8() & 3);
  written.senderHardwareHigh = input.u16();
  written.senderAddress = input.i32();
  written.targetHardwareLow = input.i32();
  written.targetAddress = input.i32();
  const read = new wire.ArpPacket();
  const end = AT + wire.emitArp(memory, AT, written);
  same('arp', [DropReason.none, wire.parseArp(memory, AT, end, read)], [JSON.stringify(written), JSON.stringify(read)]);
};

const ip: Emit = (input) => {
  const { memory, packet } = ground(input, input.pick([4, 6]));
  packet.trafficClass = input.u8();
  packet.flowLabel = packet.family === 6 ? input.i32() & 0xfffff : 0;
  packet.hopLimit = input.u8();
  packet.protocol = 253;
  packet.identification = input.u16();
  packet.dontFragment = packet.family === 4 && input.u8() > 127;
  const options = input.pick([null, new Uint8Array(0), Uint8Array.of(148, 4, 0, 0), new Uint8Array(60).fill(1)]);
  const length = input.u8();
  const read = new wire.IpPacket(memory);
  let reason: number;
  if (packet.family === 4) {
    const header = wire.emitIpv4Header(memory, AT, packet, 20 + wire.ipv4OptionsSize(options) + length, options);
    same('ipv4', [0, slowChecksum(memory.u8.subarray(AT, AT + header))]);
    reason = wire.parseIpv4(memory, AT, AT + header + length, read);
    same('ipv4', [packet.dontFragment, read.dontFragment], [options?.length === 4, read.hasRouterAlert]);
  } else {
    const inner = input.pick([0, 8, 16]);
    wire.emitIpv6Header(memory, AT, packet, 40 + inner + length, inner === 16 ? 0 : inner === 8 ? 44 : 253);
    if (inner === 16) wire.emitRouterAlertHeader(memory, AT + 40, 44);
    if (inner > 0) wire.emitIpv6FragmentHeader(memory, AT + 32 + inner, 253, 0, false, packet.identification);
    reason = wire.parseIpv6(memory, AT, AT + 40 + inner + length, read);
    same(
      'ipv6',
      [packet.flowLabel, read.flowLabel],
      [packet.source0, read.source0],
      [inner === 16, read.hasRouterAlert],
    );
    if (inner > 0) same('ipv6', [packet.identification, read.identification]);
  }
  same('ip', [DropReason.none, reason], [packet.source3, read.source3], [packet.destination3, read.destination3]);
  same('ip', [packet.trafficClass, read.trafficClass], [packet.hopLimit, read.hopLimit], [253, read.protocol]);
  same('ip', [length, read.payloadLength], [String(packet.sourceAddress()), String(read.sourceAddress())]);
  same('ip', [String(packet.destinationAddress()), String(read.destinationAddress())]);
  const copy = new wire.IpPacket(memory);
  copy.setAddresses(packet.sourceAddress(), packet.destinationAddress());
  same('ip', [packet.source3, copy.source3], [packet.destination0, copy.destination0]);
};

const tcp: Emit = (input) => {
  const made = ground(input, input.pick([4, 6]));
  const { memory, packet } = made;
  const [ports, seq, ack, flags, window] = [input.i32(), input.i32(), input.i32(), input.u16() & 0x1ff, input.u16()];
  const plan = optionPlan(input);
  const start = AT + wire.TCP_HEADER_LENGTH;
  const written = plan.write(memory, start);
  must(written - start === plan.size, `an option of ${plan.size} octets took ${written - start}`);
  const headerLength = wire.padTcpOptions(memory, start, written) - AT;
  wire.emitTcpHeader(memory, AT, ports >>> 16, ports & 0xffff, seq, ack, flags, window, ack & 0xffff, headerLength);
  const length = headerLength + input.u8();
  memory.u8.set(input.take(length - headerLength), AT + headerLength);
  wire.writeTcpChecksum(memory, AT, length, wire.pseudoHeaderSum(packet, IpProtocol.tcp, length));
  arrived(made, length, IpProtocol.tcp);
  const segment = new wire.TcpSegment(packet);
  same(
    'tcp',
    [DropReason.none, wire.parseTcp(segment)],
    [seq, segment.seq],
    [ack, segment.ack],
    [flags, segment.flags],
  );
  same('tcp', [window, segment.window], [ack & 0xffff, segment.urgentPointer], [headerLength, segment.headerLength]);
  const control = (flags & 1) + ((flags >> 1) & 1);
  same('tcp', [length - headerLength + control, segment.length], [ports & 0xffff, segment.destinationPort]);
  plan.check(segment);
};

const udp: Emit = (input) => {
  const made = ground(input, input.pick([4, 6]));
  const { memory, packet } = made;
  const ports = input.i32();
  const payload = input.take(input.u8());
  const length = 8 + payload.length;
  wire.emitUdpHeader(memory, AT, ports >>> 16, ports & 0xffff, length);
  memory.u8.set(payload, AT + 8);
  const sum = wire.pseudoHeaderSumOf(packet.sourceAddress(), packet.destinationAddress(), IpProtocol.udp, length);
  wire.writeUdpChecksum(memory, AT, length, sum);
  arrived(made, length, IpProtocol.udp);
  const read = new wire.UdpDatagram(packet);
  same(
    'udp',
    [DropReason.none, wire.parseUdp(read)],
    [ports >>> 16, read.sourcePort],
    [payload.length, read.payloadLength],
  );
  // RFC 1624: a word changed and the checksum with it.
  const [before, after] = [memory.view.getInt32(AT), input.i32()];
  memory.view.setInt32(AT, after);
  const updated = input.u8() > 127 ? byHalves(read.checksum, before, after) : byWord(read.checksum, before, after);
  memory.view.setUint16(AT + 6, updated);
  same('update', [DropReason.none, updated === 0 ? DropReason.none : wire.parseUdp(read)]);
};

function byWord(checksum: number, before: number, after: number): number {
  return wire.updateChecksum32(checksum, before, after);
}

function byHalves(checksum: number, before: number, after: number): number {
  const first = wire.updateChecksum16(checksum, before >>> 16, after >>> 16);
  return wire.updateChecksum16(first, before & 0xffff, after & 0xffff);
}

const icmp: Emit = (input) => {
  const made = ground(input, 4);
  const { memory } = made;
  const [type, code, rest] = [input.u8(), input.u8(), wire.echoRest(input.u16(), input.u16())];
  const isTimestamp = type === 13 || type === 14;
  const quoted = frameBytes('tcpSyn4').subarray(14, 14 + input.u8());
  wire.copyQuotation(memory, AT + 8, memoryWith(quoted), 32, quoted.length);
  let length = 8 + quoted.length;
  if (isTimestamp) length = wire.emitIcmpTimestamp(memory, AT, type, rest, rest, 1, 2);
  else wire.emitIcmp(memory, AT, type, code, rest, length);
  arrived(made, length, IpProtocol.icmp);
  const read = new wire.IcmpMessage();
  same('icmp', [DropReason.none, wire.parseIcmp(made.packet, read)], [type, read.type], [rest, read.rest]);
  same('icmp', [rest >>> 16, read.identifier], [rest & 0xffff, read.sequence], [rest, read.gateway]);
  same('icmp', [rest >>> 24, read.pointer], [rest & 0xffff, read.nextHopMtu]);
  if (isTimestamp) same('icmp', [rest, read.originateTimestamp], [2, read.transmitTimestamp]);
};

const ndp: Emit = (input) => {
  const made = ground(input, 6);
  const { memory, packet } = made;
  packet.hopLimit = 255;
  const message = new wire.NdpMessage();
  message.type = 133 + (input.u8() % 5);
  message.target0 = input.pick([0xfe80_0000 | 0, 0x2001_0db8]);
  message.target3 = input.i32();
  message.destination3 = input.i32();
  message.isRouter = input.u8() > 127;
  message.isOverride = input.u8() > 127;
  message.hopLimit = input.u8();
  message.isManaged = input.u8() > 127;
  message.routerLifetimeSeconds = input.u16();
  message.reachableMs = input.i32() >>> 0;
  const start = wire.ndpOptionsOffset(message.type, AT);
  let end = start;
  const prefix = new wire.PrefixInformation();
  prefix.prefix0 = input.i32();
  prefix.prefixLength = input.u8();
  prefix.isOnLink = input.u8() > 127;
  prefix.validSeconds = input.i32() >>> 0;
  const mtu = input.i32() >>> 0;
  const linkLow = input.i32();
  const kinds = input.u8() & 15;
  if (kinds & 1) end = wire.writePrefixInformation(memory, end, prefix);
  if (kinds & 2) end = wire.writeMtuOption(memory, end, mtu);
  if (kinds & 4) end = wire.writeLinkAddress(memory, end, 1, 0x0200, linkLow);
  if (kinds & 8) end = wire.writeLinkAddress(memory, end, 2, 0x0200, linkLow);
  arrived(made, wire.emitNdp(memory, AT, packet, message, end), IpProtocol.icmpv6);
  const read = new wire.IcmpMessage();
  same('ndp', [DropReason.none, wire.parseIcmpv6(packet, read)]);
  const found = new wire.NdpMessage();
  if (wire.parseNdp(packet, read, found) !== DropReason.none) return;
  if (message.type > 134) same('ndp', [message.target0, found.target0], [message.target3, found.target3]);
  if (message.type === 136) same('ndp', [message.isRouter, found.isRouter], [message.isOverride, found.isOverride]);
  if (message.type === 134) same('ndp', [message.reachableMs, found.reachableMs], [message.hopLimit, found.hopLimit]);
  same('ndp', [(kinds & 2) === 0 ? 0 : mtu, found.mtu], [kinds & 1, found.prefixCount]);
  same('ndp', [(kinds & 4) !== 0, found.hasSourceLink], [(kinds & 8) !== 0, found.hasTargetLink]);
  const again = new wire.PrefixInformation();
  again.nextOffset = found.optionsOffset;
  same('prefix', [(kinds & 1) === 1, wire.nextPrefix(memory, found, again)]);
  if (kinds & 1) same('prefix', [prefix.prefix0, again.prefix0], [prefix.validSeconds, again.validSeconds]);
};

const groups: Emit = (input) => {
  const isMld = input.u8() > 127;
  const made = ground(input, isMld ? 6 : 4);
  const { memory, packet } = made;
  packet.hopLimit = 1;
  packet.hasRouterAlert = true;
  const sources = Int32Array.from({ length: 16 }, () => input.i32());
  const count = input.u8() & 3;
  const record = new wire.MulticastRecord();
  record.type = 1 + (input.u8() % 6);
  record.group3 = input.i32();
  const width = isMld ? 16 : 4;
  const recordsEnd = wire.writeMulticastRecord(memory, AT + 8, width, record, sources, count);
  const kind = input.u8() % 3;
  const seconds = input.i32() >> 10;
  const length = isMld
    ? emitMld(made, kind, seconds, recordsEnd, sources, count)
    : emitIgmp(made, kind, seconds, recordsEnd, sources, count);
  arrived(made, length, isMld ? IpProtocol.icmpv6 : IpProtocol.igmp);
  const [message, icmpMessage, mld] = [new wire.IgmpMessage(), new wire.IcmpMessage(), new wire.MldMessage()];
  if (!isMld) same('igmp', [DropReason.none, wire.parseIgmp(packet, message)]);
  else {
    same('mld', [DropReason.none, wire.parseIcmpv6(packet, icmpMessage)]);
    if (wire.parseMld(packet, icmpMessage, mld) !== DropReason.none) return;
  }
  const read = isMld ? mld : message;
  if (kind === 1) same('query', [count, read.sourceCount]);
  if (kind !== 2) return;
  const found = new wire.MulticastRecord();
  found.nextOffset = read.recordsOffset;
  same('report', [1, read.recordCount], [true, wire.nextMulticastRecord(memory, width, read.end, found)]);
  same('report', [record.group3, found.group3], [count, found.sourceCount], [recordsEnd, found.nextOffset]);
};

function emitIgmp(
  { memory }: Ground,
  kind: number,
  seconds: number,
  end: number,
  sources: Int32Array,
  count: number,
): number {
  if (kind === 2) return wire.emitIgmpV3Report(memory, AT, end, 1);
  if (kind === 0) return wire.emitIgmp(memory, AT, IgmpType.reportV2, seconds & 0xff, seconds);
  const message = new wire.IgmpMessage();
  message.queryIntervalSeconds = seconds;
  message.maxResponseTenths = Math.abs(seconds);
  message.suppressRouterProcessing = (seconds & 1) === 1;
  return wire.emitIgmpV3Query(memory, AT, message, sources, count);
}

function emitMld(made: Ground, kind: number, seconds: number, end: number, sources: Int32Array, count: number): number {
  const { memory, packet } = made;
  if (kind === 2) return wire.emitMldV2Report(memory, AT, packet, end, 1);
  const message = new wire.MldMessage();
  message.type = Icmpv6Type.multicastListenerReport;
  message.queryIntervalSeconds = seconds;
  message.maxResponseMs = Math.abs(seconds);
  message.suppressRouterProcessing = (seconds & 1) === 1;
  if (kind === 0) return wire.emitMldV1(memory, AT, packet, message);
  return wire.emitMldV2Query(memory, AT, packet, message, sources, count);
}

const EMITTERS = [ethernet, arp, ip, tcp, udp, icmp, ndp, groups] as const;

export const EMIT_TARGET: Target = {
  name: 'emit',
  covers: ['src/wire/'],
  maxLength: 160,
  isText: false,
  seeds: () =>
    EMITTERS.flatMap((_, index) =>
      [0, 1, 2, 3, 4, 5].map((salt) =>
        Uint8Array.from({ length: 90 }, (_unused, at) => (at === 0 ? index : (at * 37 * salt + at) & 255)),
      ),
    ),
  run: (bytes) => {
    const input = new InputReader(bytes);
    input.pick<Emit>(EMITTERS as unknown as readonly [Emit, ...Emit[]])(input);
  },
};
