/** ICMP errors sent: their form, to whom never, how often (RFC 1122 section 3.2.2, RFC 4443 section 2.4). */
import { describe, expect, it } from 'vitest';
import {
  asReceived,
  BROADCAST,
  FAMILIES,
  Host,
  icmpPacket,
  OTHER,
  packetOf,
  type Shape,
  US,
} from '../../test/support/icmp-host.ts';
import { Address } from '../base/address.ts';
import { isChecksumRight, pseudoHeaderSum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';

describe.each(FAMILIES)('ICMP errors for IPv$family', (types) => {
  const { family } = types;

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
});

describe('ICMP errors of one family only', () => {
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
});
