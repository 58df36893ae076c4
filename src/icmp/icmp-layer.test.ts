/** ICMP in both families: echo, timestamps, errors passed on, ping (RFC 792, RFC 1122 section 3.2.2, RFC 4443). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asReceived,
  BROADCAST,
  FAMILIES,
  Host,
  icmpPacket,
  OTHER,
  PEER,
  packetOf,
  US,
} from '../../test/support/icmp-host.ts';
import { Address } from '../base/address.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { isChecksumRight, pseudoHeaderSum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IcmpVerdict } from './icmp-layer.ts';
import { PENDING_MAX, PingSocket } from './ping-socket.ts';

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
