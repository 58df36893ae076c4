import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { Clock } from '../base/clock.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { SeededRandom } from '../base/random.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { TimerWheel } from '../base/timer-wheel.ts';
import { IpCounters } from '../ip/counters.ts';
import type { IcmpErrorReport, IpContext, IpSendOptions } from '../ip/ip-context.ts';
import { type IpSettings, ipSettings } from '../ip/settings.ts';
import { isChecksumRight, pseudoHeaderSum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { emitIcmp } from '../wire/icmp.ts';
import { emitIcmpv6 } from '../wire/icmpv6.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../wire/ipv4.ts';
import { emitIpv6Header, parseIpv6 } from '../wire/ipv6.ts';
import { IcmpErrorSender } from './error-sender.ts';
import type { DatagramPath, IcmpHost } from './icmp-host.ts';
import { DEFAULT_ICMP_LIMITS, IcmpLayer, type IcmpLimits, IcmpVerdict } from './icmp-layer.ts';
import { PENDING_MAX, PingSocket } from './ping-socket.ts';

const US = { 4: Address.parse('10.0.0.1'), 6: Address.parse('2001:db8::1') };
const PEER = { 4: Address.parse('10.0.0.2'), 6: Address.parse('2001:db8::2') };
const OTHER = { 4: Address.parse('203.0.113.9'), 6: Address.parse('2001:db8:9::9') };
const BROADCAST = Address.parse('10.0.0.255');

interface Sent {
  path: DatagramPath;
  protocol: number;
  bytes: Uint8Array;
  options: IpSendOptions;
}

/** The IP layer as far as ICMP is concerned, with one address per family. */
class Host implements IcmpHost, IpContext {
  readonly clock = new Clock(1_000_000);
  readonly wheel = new TimerWheel(0);
  readonly random = new SeededRandom(3);
  readonly hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  readonly counters = new IpCounters();
  readonly sent: Sent[] = [];
  readonly drops: number[] = [];
  readonly reports: { kind: string; protocol: number; mtu: number }[] = [];
  readonly settings: IpSettings;
  readonly layer: IcmpLayer;
  readonly errors: IcmpErrorSender;

  constructor(changes: Partial<IpSettings> = {}, limits: Partial<IcmpLimits> = {}) {
    this.settings = ipSettings('linux', changes);
    this.layer = new IcmpLayer(this, this, { ...DEFAULT_ICMP_LIMITS, ...limits });
    this.errors = new IcmpErrorSender(this, this);
  }

  dropped(reason: number): void {
    this.drops.push(reason);
  }
  lookup(remote: Address, local: Address | null): DatagramPath {
    return { source: local ?? US[remote.family], remote, pathMtu: 1500, interface: { id: 1, mtu: 1500 }, kind: 0 };
  }
  sendDatagram(
    path: DatagramPath,
    protocol: number,
    bytes: Uint8Array,
    length: number,
    options: IpSendOptions,
  ): number {
    this.sent.push({ path, protocol, bytes: bytes.slice(0, length), options });
    return DropReason.none;
  }
  isOwnAddress(packet: IpPacket): boolean {
    return packet.destinationAddress().equals(US[packet.family]);
  }
  isBroadcast(packet: IpPacket): boolean {
    return packet.destination3 === -1 || packet.destination3 === BROADCAST.w3;
  }
  isLoopback(interfaceId: number): boolean {
    return interfaceId === 0;
  }
  icmpErrorArrived(error: IcmpErrorReport): void {
    this.reports.push({ kind: error.kind, protocol: error.protocol, mtu: error.mtu });
  }
}

interface Shape {
  source?: Address;
  destination?: Address;
  protocol?: number;
  payload?: Uint8Array;
  linkBroadcast?: boolean;
  fragmentOffset?: number;
  trafficClass?: number;
  interfaceId?: number;
}

function packetOf(family: 4 | 6, shape: Shape = {}): IpPacket {
  const memory = new PlainPacketMemory(70_000);
  const packet = new IpPacket(memory);
  const payload = shape.payload ?? new Uint8Array(32);
  packet.setAddresses(shape.source ?? PEER[family], shape.destination ?? US[family]);
  packet.protocol = shape.protocol ?? 17;
  packet.hopLimit = 60;
  packet.trafficClass = shape.trafficClass ?? 0;
  packet.fragmentOffset = shape.fragmentOffset ?? 0;
  const length = (family === 4 ? 20 : 40) + payload.length;
  if (family === 4) emitIpv4Header(memory, 6, packet, length);
  else emitIpv6Header(memory, 6, packet, length);
  memory.u8.set(payload, 6 + length - payload.length);
  const parse = family === 4 ? parseIpv4 : parseIpv6;
  parse(memory, 6, 6 + length, packet);
  packet.interfaceId = shape.interfaceId ?? 1;
  packet.linkBroadcast = shape.linkBroadcast ?? false;
  return packet;
}

/** An ICMP packet with a right checksum. */
function icmpPacket(
  family: 4 | 6,
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
  shape: Shape = {},
): IpPacket {
  const payload = new Uint8Array(8 + body.length);
  payload.set(body, 8);
  const packet = packetOf(family, { ...shape, payload, protocol: family === 4 ? 1 : 58 });
  const { memory, payloadOffset } = packet;
  if (family === 4) emitIcmp(memory, payloadOffset, type, code, rest, payload.length);
  else {
    const sum = pseudoHeaderSum(packet, 58, payload.length);
    emitIcmpv6(memory, payloadOffset, type, code, rest, payload.length, sum);
  }
  return packet;
}

/** A received packet from what was sent, as the peer would see it. */
function asReceived(sent: Sent): IpPacket {
  const { family } = sent.path.remote;
  const shape = {
    source: sent.path.source,
    destination: sent.path.remote,
    protocol: sent.protocol,
    payload: sent.bytes,
  };
  return packetOf(family, shape);
}

const FAMILIES = [
  { family: 4, echoRequest: 8, echoReply: 0, unreachable: 3, portCode: 3, tooBig: 3, tooBigCode: 4, timeExceeded: 11 },
  {
    family: 6,
    echoRequest: 128,
    echoReply: 129,
    unreachable: 1,
    portCode: 4,
    tooBig: 2,
    tooBigCode: 0,
    timeExceeded: 3,
  },
] as const;

describe.each(FAMILIES)('ICMP for IPv$family', (types) => {
  const { family } = types;

  // RFC 1122 §3.2.2.6, RFC 4443 §4.2: an echo request is answered with its data, from the address it was sent to.
  it('answers an echo request', () => {
    const host = new Host();
    const body = Uint8Array.from({ length: 100 }, (_, index) => index);
    const request = icmpPacket(family, types.echoRequest, 0, 0x12340007, body, { trafficClass: 0xb9 });
    expect(host.layer.arrived(request)).toBe(IcmpVerdict.done);
    const [sent] = host.sent;
    expect(sent!.path.remote).toEqual(PEER[family]);
    expect(sent!.path.source).toEqual(US[family]);
    expect(sent!.options.trafficClass).toBe(0xb8);
    expect([...sent!.bytes.subarray(0, 2)]).toEqual([types.echoReply, 0]);
    expect([...sent!.bytes.subarray(4)]).toEqual([0x12, 0x34, 0, 7, ...body]);
    const seen = asReceived(sent!);
    const pseudo = family === 4 ? 0 : pseudoHeaderSum(seen, 58, seen.payloadLength);
    expect(isChecksumRight(seen.memory, seen.payloadOffset, seen.payloadLength, pseudo)).toBe(true);
  });

  it('answers the largest echo and none above the limit', () => {
    const host = new Host();
    host.layer.arrived(icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(65_507)));
    expect(host.sent[0]!.bytes.length).toBe(65_515);
    const small = new Host({}, { echoDataMax: 64 });
    small.layer.arrived(icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(65)));
    expect(small.sent.length).toBe(0);
  });

  it('limits echo replies when told to', () => {
    const host = new Host({}, { echoRepliesPerSec: 3 });
    for (let count = 0; count < 5; count++)
      host.layer.arrived(icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(8)));
    expect(host.sent.length).toBe(3);
    host.clock.set(1_000_000);
    host.layer.arrived(icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(8)));
    expect(host.sent.length).toBe(4);
  });

  it('counts and drops a wrong checksum and a short message', () => {
    const host = new Host();
    const packet = icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(8));
    packet.memory.u8[packet.payloadOffset + 9]! ^= 1;
    host.layer.arrived(packet);
    host.layer.arrived(packetOf(family, { protocol: family === 4 ? 1 : 58, payload: new Uint8Array(7) }));
    expect(host.sent.length).toBe(0);
    expect(host.drops).toEqual([DropReason.icmpBadChecksum, DropReason.icmpTruncated]);
    const group = family === 4 ? host.counters.icmp : host.counters.icmp6;
    expect(group).toMatchObject({ InMsgs: 2, InErrors: 2, InCsumErrors: 1, InEchos: 0 });
  });

  it('stays silent when told to ignore echo', () => {
    const host = new Host({ icmpEchoIgnoreAll: true });
    host.layer.arrived(icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(8)));
    expect(host.sent.length).toBe(0);
  });

  it('hands an error to the transports', () => {
    const host = new Host();
    const quoted = packetOf(family, { source: US[family], destination: PEER[family], protocol: 6 });
    const body = quoted.memory.u8.slice(6, 6 + quoted.totalLength);
    host.layer.arrived(icmpPacket(family, types.tooBig, types.tooBigCode, 1400, body));
    expect(host.reports).toEqual([{ kind: 'packet-too-big', protocol: 6, mtu: 1400 }]);
  });

  it('says port unreachable with a quote of what came', () => {
    const host = new Host();
    const packet = packetOf(family, { payload: Uint8Array.from({ length: 3000 }, (_, index) => index) });
    expect(host.errors.portUnreachable(packet)).toBe(true);
    const [sent] = host.sent;
    expect([...sent!.bytes.subarray(0, 2)]).toEqual([types.unreachable, types.portCode]);
    expect(sent!.bytes.length + (family === 4 ? 20 : 40)).toBe(family === 4 ? 576 : 1280);
    const quoted = packet.memory.u8.subarray(packet.headerOffset, packet.headerOffset + sent!.bytes.length - 8);
    expect([...sent!.bytes.subarray(8)]).toEqual([...quoted]);
    expect(sent!.path.source).toEqual(US[family]);
    const seen = asReceived(sent!);
    const pseudo = family === 4 ? 0 : pseudoHeaderSum(seen, 58, seen.payloadLength);
    expect(isChecksumRight(seen.memory, seen.payloadOffset, seen.payloadLength, pseudo)).toBe(true);
  });

  it('says packet too big with the MTU, past every rate limit', () => {
    const host = new Host();
    for (let count = 0; count < 100; count++)
      host.errors.packetTooBig(packetOf(family, { destination: OTHER[family] }), 1300);
    expect(host.sent.length).toBe(100);
    expect([...host.sent[0]!.bytes.subarray(0, 2)]).toEqual([types.tooBig, types.tooBigCode]);
    expect([...host.sent[0]!.bytes.subarray(4, 8)]).toEqual([0, 0, 1300 >> 8, 1300 & 255]);
    // Not ours: the source is chosen by route, never borrowed from the packet.
    expect(host.sent[0]!.path.source).toEqual(US[family]);
  });

  it('limits other errors to one host, but not on loopback', () => {
    const host = new Host();
    for (let count = 0; count < 10; count++) host.errors.hopLimitExceeded(packetOf(family));
    expect(host.sent.length).toBe(6);
    expect(host.drops.every((reason) => reason === DropReason.icmpRateLimited)).toBe(true);
    for (let count = 0; count < 10; count++) host.errors.hopLimitExceeded(packetOf(family, { interfaceId: 0 }));
    expect(host.sent.length).toBe(16);
    expect(host.sent[0]!.bytes[0]).toBe(types.timeExceeded);
  });

  // RFC 1122 §3.2.2, RFC 4443 §2.4 e: never about an error, to a crowd, or to nobody in particular.
  it.each([
    [
      'an ICMP error',
      { protocol: family === 4 ? 1 : 58, payload: Uint8Array.of(types.unreachable, 0, 0, 0, 0, 0, 0, 0) },
    ],
    ['a redirect', { protocol: family === 4 ? 1 : 58, payload: Uint8Array.of(family === 4 ? 5 : 137, 0, 0, 0) }],
    ['a multicast', { destination: Address.parse(family === 4 ? '224.0.0.1' : 'ff02::1') }],
    ['a link-layer broadcast', { linkBroadcast: true }],
    ['the unspecified source', { source: Address.parse(family === 4 ? '0.0.0.0' : '::') }],
    ['a multicast source', { source: Address.parse(family === 4 ? '224.0.0.5' : 'ff02::5') }],
  ] as [string, Shape][])('does not answer %s with an error', (_name, shape) => {
    const host = new Host();
    expect(host.errors.portUnreachable(packetOf(family, shape))).toBe(false);
    expect(host.sent.length).toBe(0);
  });

  it('may answer an echo request with an error', () => {
    const host = new Host();
    const request = icmpPacket(family, types.echoRequest, 0, 1, new Uint8Array(8));
    expect(host.errors.hopLimitExceeded(request)).toBe(true);
  });

  it('never sends an error about what it has just sent', () => {
    const host = new Host();
    host.errors.portUnreachable(packetOf(family));
    expect(host.errors.portUnreachable(asReceived(host.sent[0]!))).toBe(false);
  });

  it('pings: pairs replies with requests, measures, reports errors', () => {
    const host = new Host();
    const ping = new PingSocket(host.layer, host, host.clock, PEER[family]);
    const data = Uint8Array.of(1, 2, 3);
    for (const sequence of [1, 2, 3]) expect(ping.send(sequence, data)).toBe(DropReason.none);
    expect(ping.pendingCount).toBe(3);
    const rest = (ping.identifier << 16) | 2;
    host.clock.set(12_345);
    const reply = icmpPacket(family, types.echoReply, 0, rest, data);
    host.layer.arrived(reply);
    expect(ping.receive()).toMatchObject({
      sequence: 2,
      rttUs: 12_345,
      hopLimit: 60,
      length: 3,
      isDataRight: true,
      error: null,
    });
    host.layer.arrived(reply);
    expect([ping.receive(), ping.unexpectedReplies]).toEqual([null, 1]);
    const request = asReceived(host.sent[2]!);
    const body = request.memory.u8.slice(6, 6 + request.totalLength);
    host.layer.arrived(icmpPacket(family, types.timeExceeded, 0, 0, body, { source: OTHER[family] }));
    expect(ping.receive()).toMatchObject({
      sequence: 3,
      error: { kind: 'time-exceeded', code: 'EHOSTUNREACH' },
      from: OTHER[family],
    });
    expect(host.reports).toEqual([]);
    expect(ping.expire(20_000)).toBe(1);
    ping.close();
    host.layer.arrived(icmpPacket(family, types.echoReply, 0, (ping.identifier << 16) | 1, data));
    expect(ping.receive()).toBeNull();
  });

  it('marks a reply with other data, and hears nobody but the peer', () => {
    const host = new Host();
    const ping = new PingSocket(host.layer, host, host.clock, PEER[family]);
    ping.send(1, Uint8Array.of(1, 2, 3));
    const rest = (ping.identifier << 16) | 1;
    host.layer.arrived(icmpPacket(family, types.echoReply, 0, rest, Uint8Array.of(1, 2, 3), { source: OTHER[family] }));
    expect(ping.receive()).toBeNull();
    host.layer.arrived(icmpPacket(family, types.echoReply, 0, rest, Uint8Array.of(1, 2, 4)));
    expect(ping.receive()?.isDataRight).toBe(false);
  });

  it('bounds what a ping socket keeps', () => {
    const host = new Host();
    const ping = new PingSocket(host.layer, host, host.clock, PEER[family]);
    for (let sequence = 0; sequence < PENDING_MAX + 10; sequence++) ping.send(sequence, new Uint8Array(1));
    expect(ping.pendingCount).toBe(PENDING_MAX);
    expect(() => ping.send(70_000, new Uint8Array(1))).toThrow('sequence');
  });

  it('goes on after a snapshot', () => {
    const host = new Host();
    const ping = new PingSocket(host.layer, host, host.clock, PEER[family]);
    ping.send(1, new Uint8Array(4));
    const copy = cloneGraph({ host, ping });
    copy.host.layer.arrived(icmpPacket(family, types.echoReply, 0, (ping.identifier << 16) | 1, new Uint8Array(4)));
    expect([copy.ping.pendingCount, ping.pendingCount]).toEqual([0, 1]);
  });

  it('survives any message', () => {
    const host = new Host();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 90 }), (bytes) => {
        const packet = packetOf(family, { protocol: family === 4 ? 1 : 58, payload: bytes });
        packet.checksumVerified = 1;
        host.layer.arrived(packet);
        host.errors.portUnreachable(packet);
      }),
      { numRuns: 300 },
    );
  });
});

describe('ICMP of one family only', () => {
  it('ignores echo to a broadcast or multicast address of IPv4, answers an IPv6 group from its own address', () => {
    const host = new Host();
    for (const shape of [
      { destination: BROADCAST },
      { linkBroadcast: true },
      { destination: Address.parse('224.0.0.1') },
    ]) {
      host.layer.arrived(icmpPacket(4, 8, 0, 1, new Uint8Array(8), shape));
    }
    expect(host.sent.length).toBe(0);
    host.layer.arrived(icmpPacket(6, 128, 0, 1, new Uint8Array(8), { destination: Address.parse('ff02::1') }));
    expect(host.sent[0]!.path.source).toEqual(US[6]);
  });

  it('answers a timestamp request unless told not to', () => {
    const host = new Host();
    const body = Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0);
    host.clock.set(2_500_000);
    host.layer.arrived(icmpPacket(4, 13, 0, 0x00050006, body));
    expect([...host.sent[0]!.bytes.subarray(0, 2)]).toEqual([14, 0]);
    expect([...host.sent[0]!.bytes.subarray(4)]).toEqual([
      0,
      5,
      0,
      6,
      0,
      0,
      0,
      9,
      0,
      0,
      3500 >> 8,
      3500 & 255,
      0,
      0,
      3500 >> 8,
      3500 & 255,
    ]);
    const silent = new Host({ icmpAnswerTimestamps: false });
    silent.layer.arrived(icmpPacket(4, 13, 0, 1, body));
    expect(silent.sent.length).toBe(0);
  });

  it('does not answer a later IPv4 fragment, a directed broadcast or a reserved source with an error', () => {
    const host = new Host();
    expect(host.errors.portUnreachable(packetOf(4, { fragmentOffset: 1480 }))).toBe(false);
    expect(host.errors.portUnreachable(packetOf(4, { destination: BROADCAST }))).toBe(false);
    expect(host.errors.portUnreachable(packetOf(4, { source: Address.parse('240.0.0.1') }))).toBe(false);
    expect(host.errors.portUnreachable(packetOf(4, { source: Address.parse('255.255.255.255') }))).toBe(false);
  });

  // RFC 4443 §2.4 e.3: packet too big and an unknown option are reported even to the sender of a multicast.
  it('answers an IPv6 multicast with packet too big and with an unknown option', () => {
    const host = new Host();
    const packet = packetOf(6, { destination: Address.parse('ff02::1') });
    expect(host.errors.packetTooBig(packet, 1280)).toBe(true);
    expect(host.errors.parameterProblem(packet, 2, 42)).toBe(true);
    expect(host.errors.parameterProblem(packet, 0, 42)).toBe(false);
  });

  it('says protocol unreachable in the words of each family', () => {
    const host = new Host();
    host.errors.protocolUnreachable(packetOf(4, { protocol: 99 }));
    host.errors.protocolUnreachable(packetOf(6, { protocol: 99 }));
    expect([...host.sent[0]!.bytes.subarray(0, 8)].filter((_, at) => at < 2 || at > 3)).toEqual([3, 2, 0, 0, 0, 0]);
    expect([...host.sent[1]!.bytes.subarray(0, 8)].filter((_, at) => at < 2 || at > 3)).toEqual([4, 1, 0, 0, 0, 6]);
    expect(host.sent[0]!.options.trafficClass).toBe(0xc0);
  });

  // RFC 1122 §3.2.2.2 leaves redirects to the host’s routing; neighbor discovery is not ICMP’s business either.
  it.each([
    [4, 5],
    [6, 135],
    [6, 134],
    [6, 137],
    [6, 143],
  ] as const)('leaves IPv%i type %i to the IP layer', (family, type) => {
    const host = new Host();
    expect(host.layer.arrived(icmpPacket(family, type, 0, 0, new Uint8Array(60)))).toBe(IcmpVerdict.forIpLayer);
    expect(host.layer.message.type).toBe(type);
  });
});
