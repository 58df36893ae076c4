/** ICMP errors received: the report, whose packet it is about, and what each type and code means (RFC 1122, RFC 4443). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IcmpMessage, parseIcmp } from '../wire/icmp.ts';
import { parseIcmpv6 } from '../wire/icmpv6.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import {
  IcmpErrorView,
  icmpErrno,
  icmpErrorKind,
  isFatalOnLinux,
  isHardIcmpError,
  parseIcmpError,
} from './icmp-error.ts';

const MEMORY = new PlainPacketMemory(2048);
const ROUTER = Address.parse('198.51.100.1');
const US = Address.parse('10.0.0.1');
const PEER = Address.parse('192.0.2.7');
const US6 = Address.parse('2001:db8::1');
const PEER6 = Address.parse('2001:db8:1::7');

/** A received error of `type` and `code` whose quote has `transport` behind its IP header. Checksums do not matter here. */
function errorPacket(
  family: 4 | 6,
  type: number,
  code: number,
  rest: number,
  transport: Uint8Array,
  offset = 0,
): IpPacket {
  MEMORY.u8.fill(0);
  const packet = new IpPacket(MEMORY);
  const headerLength = family === 4 ? 20 : 40;
  packet.setAddresses(family === 4 ? US : US6, family === 4 ? PEER : PEER6);
  packet.protocol = 6;
  packet.hopLimit = 9;
  packet.fragmentOffset = offset;
  const at = 100;
  MEMORY.view.setUint32(at, (type << 24) | (code << 16));
  MEMORY.view.setUint32(at + 4, rest);
  if (family === 4) emitIpv4Header(MEMORY, at + 8, packet, 1500);
  else emitIpv6Header(MEMORY, at + 8, packet, 1500);
  MEMORY.u8.set(transport, at + 8 + headerLength);
  packet.setAddresses(family === 4 ? ROUTER : PEER6, family === 4 ? US : US6);
  packet.payloadOffset = at;
  packet.payloadLength = 8 + headerLength + transport.length;
  packet.interfaceId = 3;
  packet.checksumVerified = 1;
  return packet;
}

function parse(packet: IpPacket): { reason: number; report: IcmpErrorView } {
  const message = new IcmpMessage();
  const report = new IcmpErrorView();
  const early = packet.family === 4 ? parseIcmp(packet, message) : parseIcmpv6(packet, message);
  return { reason: early !== DropReason.none ? early : parseIcmpError(packet, message, report), report };
}

const TRANSPORT = Uint8Array.of(0x12, 0x34, 0, 80, 0, 0, 0, 1);

describe('parse of an ICMP error', () => {
  it('tells whose packet is meant and where its transport header lies', () => {
    const { reason, report } = parse(errorPacket(4, 3, 4, 1400, TRANSPORT));
    expect(reason).toBe(DropReason.none);
    expect(report).toMatchObject({
      family: 4,
      kind: 'packet-too-big',
      mtu: 1400,
      protocol: 6,
      interfaceId: 3,
      local: false,
    });
    expect([report.source, report.destination, report.reporter].map(String)).toEqual([US, PEER, ROUTER].map(String));
    expect([report.quotedLength, report.quotedTotalLength]).toEqual([8, 1500]);
    expect(MEMORY.view.getUint16(report.quotedOffset)).toBe(0x1234);
  });

  it('reads ICMPv6, with extension headers in the quote', () => {
    const packet = errorPacket(6, 2, 0, 1400, Uint8Array.of(6, 0, 1, 4, 0, 0, 0, 0, ...TRANSPORT));
    MEMORY.u8[100 + 8 + 6] = 60;
    const { reason, report } = parse(packet);
    expect(reason).toBe(DropReason.none);
    expect(report).toMatchObject({
      kind: 'packet-too-big',
      mtu: 1400,
      protocol: 6,
      quotedLength: 8,
      quotedTotalLength: 1500,
    });
    expect(MEMORY.view.getUint16(report.quotedOffset)).toBe(0x1234);
  });

  it('bounds a nonsense IPv6 MTU and reads pointers of both families', () => {
    expect(parse(errorPacket(6, 2, 0, 0xffffffff, TRANSPORT)).report.mtu).toBe(0xffff);
    expect(parse(errorPacket(4, 12, 0, 20 << 24, TRANSPORT)).report.pointer).toBe(20);
    expect(parse(errorPacket(6, 4, 1, 40, TRANSPORT)).report.pointer).toBe(40);
  });

  // RFC 5927 §4.1 R5927-7: eight octets of the transport header.
  it('refuses a quote that is too short or of a later fragment', () => {
    expect(parse(errorPacket(4, 3, 3, 0, TRANSPORT.subarray(0, 7))).reason).toBe(DropReason.icmpTruncated);
    expect(parse(errorPacket(6, 1, 4, 0, TRANSPORT.subarray(0, 7))).reason).toBe(DropReason.icmpTruncated);
    expect(parse(errorPacket(4, 3, 3, 0, TRANSPORT, 1480)).reason).toBe(DropReason.icmpTruncated);
  });

  it('refuses a quote of the other family', () => {
    const packet = errorPacket(4, 3, 3, 0, new Uint8Array(40));
    MEMORY.u8[108] = 0x60;
    expect(parse(packet).reason).toBe(DropReason.icmpTruncated);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom<4 | 6>(4, 6), (bytes, family) => {
        const packet = errorPacket(family, 3, 3, 0, TRANSPORT);
        MEMORY.u8.set(bytes, 100);
        packet.payloadLength = bytes.length;
        const { reason, report } = parse(packet);
        if (reason !== DropReason.none) return;
        expect(report.quotedOffset + report.quotedLength).toBeLessThanOrEqual(100 + bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('meaning of an ICMP error', () => {
  // RFC 1122 §4.2.3.9, RFC 5461 §2: protocol and port unreachable are hard, the rest is soft.
  it.each([
    [4, 3, 0, 'net-unreachable', 'ENETUNREACH', false, false],
    [4, 3, 1, 'host-unreachable', 'EHOSTUNREACH', false, false],
    [4, 3, 2, 'protocol-unreachable', 'ENOPROTOOPT', true, true],
    [4, 3, 3, 'port-unreachable', 'ECONNREFUSED', true, true],
    [4, 3, 4, 'packet-too-big', 'EMSGSIZE', false, false],
    [4, 3, 5, 'source-route-failed', 'EOPNOTSUPP', false, false],
    [4, 3, 6, 'net-unreachable', 'ENETUNREACH', false, true],
    [4, 3, 7, 'host-unreachable', 'EHOSTDOWN', false, true],
    [4, 3, 8, 'host-unreachable', 'ENONET', false, true],
    [4, 3, 9, 'administratively-prohibited', 'ENETUNREACH', false, true],
    [4, 3, 10, 'administratively-prohibited', 'EHOSTUNREACH', false, true],
    [4, 3, 11, 'net-unreachable', 'ENETUNREACH', false, false],
    [4, 3, 12, 'host-unreachable', 'EHOSTUNREACH', false, false],
    [4, 3, 13, 'administratively-prohibited', 'EHOSTUNREACH', false, true],
    [4, 3, 15, 'administratively-prohibited', 'EHOSTUNREACH', false, true],
    [4, 3, 16, 'other', null, false, false],
    [4, 3, 35, 'other', null, false, false],
    [4, 4, 0, 'source-quench', null, false, false],
    [4, 11, 0, 'time-exceeded', 'EHOSTUNREACH', false, false],
    [4, 11, 1, 'time-exceeded', 'EHOSTUNREACH', false, false],
    [4, 12, 0, 'parameter-problem', 'EPROTO', false, true],
    [6, 1, 0, 'net-unreachable', 'ENETUNREACH', false, false],
    [6, 1, 1, 'administratively-prohibited', 'EACCES', true, true],
    [6, 1, 2, 'host-unreachable', 'EHOSTUNREACH', false, false],
    [6, 1, 3, 'host-unreachable', 'EHOSTUNREACH', false, false],
    [6, 1, 4, 'port-unreachable', 'ECONNREFUSED', true, true],
    [6, 1, 5, 'administratively-prohibited', 'EACCES', false, true],
    [6, 1, 6, 'administratively-prohibited', 'EACCES', false, true],
    [6, 1, 7, 'other', null, false, false],
    [6, 2, 0, 'packet-too-big', 'EMSGSIZE', false, false],
    [6, 3, 0, 'time-exceeded', 'EHOSTUNREACH', false, false],
    [6, 4, 1, 'parameter-problem', 'EPROTO', false, true],
  ] as const)('IPv%i type %i code %i is %s, %s', (family, type, code, kind, errno, isHard, isFatal) => {
    const { report } = parse(errorPacket(family, type, code, 0, TRANSPORT));
    expect(icmpErrorKind(family, type, code)).toBe(kind);
    expect(report.kind).toBe(kind);
    expect(icmpErrno(report)).toBe(errno);
    expect(isHardIcmpError(report)).toBe(isHard);
    expect(isFatalOnLinux(report)).toBe(isFatal);
  });

  it('takes an error made by this host as soft', () => {
    const report = new IcmpErrorView();
    report.local = true;
    report.kind = 'host-unreachable';
    expect([icmpErrno(report), isHardIcmpError(report), isFatalOnLinux(report)]).toEqual([
      'EHOSTUNREACH',
      false,
      false,
    ]);
  });
});
