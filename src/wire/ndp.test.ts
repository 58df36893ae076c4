/** Neighbour discovery: each validity rule of RFC 4861, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameName, frameBytes, fromHex, memoryWith, toHex } from '../../test/support/hex-frames.ts';
import { readFrame } from '../../test/support/wire-reader.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { dropReasonName } from './drop-reason.ts';
import { IcmpMessage } from './icmp.ts';
import { Icmpv6Type, parseIcmpv6 } from './icmpv6.ts';
import { IpPacket } from './ip-packet.ts';
import { isNdp, parseNdp } from './ndp.ts';
import { emitNdp, ndpOptionsOffset } from './ndp-emit.ts';
import { NdpMessage } from './ndp-message.ts';
import {
  NdpOptionType,
  nextPrefix,
  PrefixInformation,
  writeLinkAddress,
  writeMtuOption,
  writePrefixInformation,
} from './ndp-options.ts';

interface Circumstances {
  source?: string;
  destination?: string;
  hopLimit?: number;
  fragmentHeader?: boolean;
}

/** The ICMPv6 message in `hex`, as if it had come in such a packet. */
function parse(hex: string, circumstances: Circumstances = {}): { ndp: NdpMessage; reason: string } {
  const bytes = fromHex(hex);
  const packet = new IpPacket(memoryWith(bytes));
  const { source = 'fe80::1', destination = 'fe80::2', hopLimit = 255, fragmentHeader = false } = circumstances;
  packet.setAddresses(Address.parse(source), Address.parse(destination));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  packet.hopLimit = hopLimit;
  packet.fragmentHeaderOffset = fragmentHeader ? 20 : 0;
  packet.checksumVerified = 1;
  const icmp = new IcmpMessage();
  const ndp = new NdpMessage();
  expect(parseIcmpv6(packet, icmp)).toBe(0);
  return { ndp, reason: dropReasonName(parseNdp(packet, icmp, ndp)) };
}

const TARGET = 'fe800000000000000000000000000002';
const GROUP = 'ff020000000000000000000000000001';
const NS = `87000000 00000000 ${TARGET}`;
const NA = `88000000 60000000 ${TARGET}`;
const SLLA = '0101 020000000001';

describe('neighbour discovery', () => {
  it('reads a solicitation and its answer', () => {
    const solicitation = readFrame(frameBytes('ns'));
    expect(solicitation.end).toBe('ndp: none');
    expect(solicitation.ndp).toMatchObject({
      type: Icmpv6Type.neighborSolicitation,
      target0: 0xfe800000 | 0,
      target3: 2,
    });
    expect(solicitation.ndp).toMatchObject({ hasSourceLink: true, sourceLinkHigh: 0x200, sourceLinkLow: 1 });
    const { ndp } = readFrame(frameBytes('na'));
    expect(ndp).toMatchObject({ isRouter: false, isSolicited: true, isOverride: true, hasTargetLink: true });
    expect(ndp).toMatchObject({ hasSourceLink: false, targetLinkHigh: 0x200, targetLinkLow: 2 });
  });

  it('reads an advertisement of a router with prefix, MTU and what it does not know', () => {
    const reader = readFrame(frameBytes('ra'));
    expect(reader.end).toBe('prefix: none');
    expect(reader.ndp).toMatchObject({ hopLimit: 64, isManaged: true, hasOtherConfiguration: true });
    expect(reader.ndp).toMatchObject({ routerLifetimeSeconds: 1800, reachableMs: 30000, retransmitMs: 1000 });
    expect(reader.ndp).toMatchObject({ mtu: 1500, prefixCount: 1, hasSourceLink: true, sourceLinkLow: 3 });
    expect(reader.prefix).toMatchObject({ prefixLength: 64, isOnLink: true, isAutonomous: true });
    expect(reader.prefix).toMatchObject({ validSeconds: 2592000, preferredSeconds: 604800, prefix1: 0x10000 });
    expect(readFrame(frameBytes('rs')).end).toBe('ndp: none');
  });

  it('reads a redirect', () => {
    const { ndp, end } = readFrame(frameBytes('redirect6'));
    expect(end).toBe('ndp: none');
    expect(ndp).toMatchObject({ target3: 4, destination1: 0x90000, destination3: 9, targetLinkLow: 4 });
  });

  it('knows its five types', () => {
    expect(Array.from({ length: 256 }, (_, type) => type).filter(isNdp)).toEqual([133, 134, 135, 136, 137]);
  });

  const probe = { source: '::', destination: 'ff02::1:ff00:2' };
  const rows: [what: string, hex: string, circumstances: Circumstances, reason: string][] = [
    // RFC 4861 §7.1.1
    ['a solicitation', NS, {}, 'none'],
    ['hop limit 254', NS, { hopLimit: 254 }, 'ndpInvalid'],
    ['code 1', NS.replace('8700', '8701'), {}, 'ndpInvalid'],
    ['in a fragment (RFC 6980)', NS, { fragmentHeader: true }, 'ndpInvalid'],
    ['23 octets', NS.slice(0, -2), {}, 'ndpInvalid'],
    ['a group as target', NS.replace(TARGET, GROUP), {}, 'ndpInvalid'],
    ['a probe for duplicates', NS, probe, 'none'],
    ['a probe with a link-layer address', `${NS} ${SLLA}`, probe, 'ndpInvalid'],
    ['a probe to all nodes', NS, { source: '::', destination: 'ff02::1' }, 'ndpInvalid'],
    ['an option of length 0', `${NS} 0100 020000000001`, {}, 'ndpInvalid'],
    ['an option cut short', `${NS} 0101 0200000000`, {}, 'ndpInvalid'],
    ['an option longer than the message', `${NS} 0102 020000000001`, {}, 'ndpInvalid'],
    ['one octet of an option', `${NS} 01`, {}, 'ndpInvalid'],
    ['an option that is not known', `${NS} fd02 ${'00'.repeat(14)}`, {}, 'none'],
    // RFC 4861 §7.1.2
    ['an answer', NA, {}, 'none'],
    ['an answer for a group', NA.replace(TARGET, GROUP), {}, 'ndpInvalid'],
    ['an answer to all that says solicited', NA, { destination: 'ff02::1' }, 'ndpInvalid'],
    ['an unsolicited one to all', NA.replace('6000', '2000'), { destination: 'ff02::1' }, 'none'],
    // RFC 4861 §6.1.1
    ['a router solicitation from nobody', '85000000 00000000', { source: '::' }, 'none'],
    ['and with a link-layer address', `85000000 00000000 ${SLLA}`, { source: '::' }, 'ndpInvalid'],
    // RFC 4861 §6.1.2
    ['a router advertisement', '86000000 40000708 00000000 00000000', {}, 'none'],
    ['from a global address', '86000000 40000708 00000000 00000000', { source: '2001:db8::1' }, 'ndpInvalid'],
    ['of 15 octets', '86000000 40000708 00000000 000000', {}, 'ndpInvalid'],
    // RFC 4861 §8.1
    ['a redirect to a neighbour', `89000000 00000000 ${TARGET} ${'20'.repeat(16)}`, {}, 'none'],
    ['a redirect that says on-link', `89000000 00000000 ${'20'.repeat(32)}`, {}, 'none'],
    ['to a global router', `89000000 00000000 ${'21'.repeat(16)}${'20'.repeat(16)}`, {}, 'ndpInvalid'],
    ['for a group', `89000000 00000000 ${TARGET} ${GROUP}`, {}, 'ndpInvalid'],
    ['of 39 octets', `89000000 00000000 ${TARGET} ${'20'.repeat(15)}`, {}, 'ndpInvalid'],
    ['echo', '80000000 00000000', {}, 'ndpInvalid'],
  ];
  it.each(rows)('%s', (_, hex, circumstances, reason) => {
    expect(parse(hex, circumstances).reason).toBe(reason);
  });

  it('forgets the message before', () => {
    const reader = readFrame(frameBytes('ra'));
    const { packet, icmp, ndp } = reader;
    const bytes = frameBytes('rs');
    const memory = memoryWith(bytes);
    reader.readFrame(memory, 32, 32 + bytes.length);
    expect(parseNdp(packet, icmp, ndp)).toBe(0);
    expect(ndp).toMatchObject({ mtu: 0, prefixCount: 0, routerLifetimeSeconds: 0, isManaged: false });
  });
});

describe('writing neighbour discovery', () => {
  it('gives the frames that another program wrote', () => {
    const names: FrameName[] = ['ns', 'na', 'rs', 'redirect6', 'ra'];
    for (const name of names) {
      const { ndp, prefix, packet, icmp } = readFrame(frameBytes(name));
      const expected = frameBytes(name).slice(54, 54 + icmp.length);
      const memory = memoryWith(new Uint8Array(expected.length));
      let at = ndpOptionsOffset(ndp.type, 32);
      if (ndp.hasSourceLink) at = writeLinkAddress(memory, at, 1, ndp.sourceLinkHigh, ndp.sourceLinkLow);
      if (ndp.hasTargetLink) at = writeLinkAddress(memory, at, 2, ndp.targetLinkHigh, ndp.targetLinkLow);
      if (ndp.mtu > 0) at = writeMtuOption(memory, at, ndp.mtu);
      if (ndp.prefixCount > 0) at = writePrefixInformation(memory, at, prefix);
      // The RDNSS option at the end of the advertisement is copied: it is not ours to write.
      if (name === 'ra') {
        memory.u8.set(expected.subarray(at - 32), at);
        at = 32 + expected.length;
      }
      expect(emitNdp(memory, 32, packet, ndp, at), name).toBe(expected.length);
      expect(toHex(memory.u8.subarray(32, 32 + expected.length)), name).toBe(toHex(expected));
    }
  });

  it('is read back, with any number of prefixes', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const prefixes = fc.array(
      fc.record({
        prefix0: word,
        prefix3: word,
        prefixLength: fc.nat(128),
        isOnLink: fc.boolean(),
        isAutonomous: fc.boolean(),
        validSeconds: fc.nat(0xffffffff),
        preferredSeconds: fc.nat(0xffffffff),
      }),
      { maxLength: 4 },
    );
    const fields = fc.record({
      hopLimit: fc.nat(255),
      isManaged: fc.boolean(),
      hasOtherConfiguration: fc.boolean(),
      routerLifetimeSeconds: fc.nat(65535),
      reachableMs: fc.nat(0xffffffff),
      retransmitMs: fc.nat(0xffffffff),
    });
    fc.assert(
      fc.property(fields, prefixes, fc.nat(0xffffffff), (values, list, mtu) => {
        const memory = new PlainPacketMemory(512);
        const packet = new IpPacket(memory);
        packet.setAddresses(Address.parse('fe80::1'), Address.parse('ff02::1'));
        packet.hopLimit = 255;
        const message = Object.assign(new NdpMessage(), values, { type: Icmpv6Type.routerAdvertisement });
        let at = ndpOptionsOffset(message.type, 8);
        for (const each of list) {
          at = writePrefixInformation(memory, at, Object.assign(new PrefixInformation(), each));
          at = writeMtuOption(memory, at, mtu);
        }
        packet.payloadOffset = 8;
        packet.payloadLength = emitNdp(memory, 8, packet, message, at);
        const icmp = new IcmpMessage();
        const read = new NdpMessage();
        expect(parseIcmpv6(packet, icmp)).toBe(0);
        expect(parseNdp(packet, icmp, read)).toBe(0);
        expect(read).toMatchObject({ ...values, prefixCount: list.length, mtu: list.length > 0 ? mtu : 0 });
        const cursor = Object.assign(new PrefixInformation(), { nextOffset: read.optionsOffset });
        for (const each of list) {
          expect(nextPrefix(memory, read, cursor)).toBe(true);
          expect(cursor).toMatchObject(each);
        }
        expect(nextPrefix(memory, read, cursor)).toBe(false);
      }),
    );
  });

  it('passes over a prefix of the wrong size', () => {
    const { ndp } = parse(`86000000 40000708 00000000 00000000 0301 ${'00'.repeat(6)}`);
    expect(ndp.prefixCount).toBe(0);
    expect(NdpOptionType.prefixInformation).toBe(3);
  });
});
