/** Ethernet II, 802.3 with LLC and SNAP (RFC 1042), 802.1Q: tables of frames, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameName, frameBytes, fromHex, memoryWith, patched, toHex } from '../../test/support/hex-frames.ts';
import { readFrame } from '../../test/support/wire-reader.ts';
import { MacAddress } from '../base/mac-address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import { EtherType, emitEthernet, parseEthernet } from './ethernet.ts';
import { EthernetFrame } from './ethernet-frame.ts';
import { emitLlcSnap } from './llc-snap.ts';
import { emitVlanTag } from './vlan.ts';

const LOW = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

function parse(bytes: Uint8Array): { frame: EthernetFrame; reason: number } {
  const frame = new EthernetFrame();
  return { frame, reason: parseEthernet(memoryWith(bytes), 32, 32 + bytes.length, frame) };
}

describe('Ethernet II', () => {
  it('reads addresses and type', () => {
    const { frame, reason } = parse(frameBytes('tcpSyn4'));
    expect(reason).toBe(DropReason.none);
    expect(new MacAddress(frame.destinationHigh, frame.destinationLow).toString()).toBe('02:00:00:00:00:02');
    expect(new MacAddress(frame.sourceHigh, frame.sourceLow).toString()).toBe('02:00:00:00:00:01');
    expect(frame).toMatchObject({ etherType: EtherType.ipv4, payloadOffset: 46, vlanTags: 0, isLlc: false });
    expect([frame.isGroup, frame.isBroadcast]).toEqual([false, false]);
  });

  it('tells multicast and broadcast', () => {
    expect(parse(frameBytes('arp')).frame).toMatchObject({ isGroup: true, isBroadcast: true });
    expect(parse(frameBytes('ns')).frame).toMatchObject({ isGroup: true, isBroadcast: false });
  });

  it('refuses whatever is shorter than a header', () => {
    for (let length = 0; length < 14; length++) {
      expect(parse(frameBytes('arp').subarray(0, length)).reason).toBe(DropReason.ethernetTruncated);
    }
    expect(parse(frameBytes('arp').subarray(0, 14)).reason).toBe(DropReason.none);
  });

  it('reads what it wrote', () => {
    const memory = new PlainPacketMemory(64);
    const frame = new EthernetFrame();
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        LOW,
        fc.nat(0xffff),
        LOW,
        fc.constantFrom(0x0800, 0x0806, 0x86dd, 0xffff, 0x600),
        (toHigh, toLow, fromHigh, fromLow, etherType) => {
          expect(emitEthernet(memory, 3, toHigh, toLow, fromHigh, fromLow, etherType)).toBe(14);
          expect(parseEthernet(memory, 3, 17, frame)).toBe(DropReason.none);
          expect(frame).toMatchObject({ destinationHigh: toHigh, destinationLow: toLow, sourceHigh: fromHigh });
          expect(frame).toMatchObject({ sourceLow: fromLow, etherType, payloadOffset: 17, payloadEnd: 17 });
        },
      ),
    );
  });
});

describe('802.1Q', () => {
  it('takes off one tag', () => {
    const { frame, reason } = parse(frameBytes('vlan'));
    expect(reason).toBe(DropReason.none);
    expect(frame).toMatchObject({ vlanTags: 1, vlanId: 100, vlanPriority: 5, vlanDropEligible: true, outerVlanId: 0 });
    expect(frame).toMatchObject({ etherType: EtherType.ipv4, payloadOffset: 50 });
    expect(readFrame(frameBytes('vlan')).end).toBe('udp: none');
  });

  it('takes off two', () => {
    const { frame } = parse(frameBytes('qinq'));
    expect(frame).toMatchObject({ vlanTags: 2, vlanId: 100, outerVlanId: 200, vlanPriority: 1 });
    expect(frame).toMatchObject({ vlanDropEligible: false, etherType: EtherType.arp, payloadOffset: 54 });
  });

  it('refuses a third tag and tags cut short', () => {
    const third = patched(frameBytes('qinq'), 20, 0x81, 0x00);
    expect(parse(third).reason).toBe(DropReason.vlanTooManyTags);
    for (let length = 14; length < 22; length++) {
      expect(parse(frameBytes('qinq').subarray(0, length)).reason).toBe(DropReason.vlanTruncated);
    }
  });

  it('reads the tags it wrote, also before an 802.3 length', () => {
    const memory = new PlainPacketMemory(128);
    const frame = new EthernetFrame();
    const id = fc.nat(4095);
    fc.assert(
      fc.property(id, id, fc.nat(7), fc.boolean(), (outer, inner, priority, dropEligible) => {
        emitVlanTag(memory, 12, outer, 0, false, 0, 0x88a8);
        expect(emitVlanTag(memory, 16, inner, priority, dropEligible, EtherType.ipv6)).toBe(22);
        expect(parseEthernet(memory, 0, 64, frame)).toBe(DropReason.none);
        expect(frame).toMatchObject({ vlanTags: 2, outerVlanId: outer, vlanId: inner, vlanPriority: priority });
        expect(frame).toMatchObject({ vlanDropEligible: dropEligible, etherType: EtherType.ipv6, payloadOffset: 22 });
      }),
    );
    emitVlanTag(memory, 12, 7, 0, false, 0);
    expect(emitLlcSnap(memory, 16, EtherType.arp, 28)).toBe(26);
    expect(parseEthernet(memory, 0, 64, frame)).toBe(DropReason.none);
    expect(frame).toMatchObject({
      vlanId: 7,
      isLlc: true,
      etherType: EtherType.arp,
      payloadOffset: 26,
      payloadEnd: 54,
    });
  });
});

describe('802.3 with LLC', () => {
  // RFC 1042: AA-AA-03, organisation 0, then an EtherType.
  it('reads SNAP and ends where the length says', () => {
    const { frame, reason } = parse(frameBytes('snap'));
    expect(reason).toBe(DropReason.none);
    expect(frame).toMatchObject({ isLlc: true, dsap: 0xaa, ssap: 0xaa, control: 3, snapOui: 0 });
    expect(frame).toMatchObject({ etherType: EtherType.arp, payloadOffset: 54, payloadEnd: 82 });
    expect(readFrame(frameBytes('snap')).end).toBe('arp: none');
  });

  it('leaves other protocols alone', () => {
    const stp = parse(frameBytes('stp'));
    expect(stp.reason).toBe(DropReason.none);
    expect(stp.frame).toMatchObject({ isLlc: true, dsap: 0x42, etherType: 0, payloadOffset: 49, payloadEnd: 84 });
    const cdp = parse(patched(frameBytes('snap'), 17, 0, 0, 0x0c));
    expect(cdp.frame).toMatchObject({ isLlc: true, snapOui: 0x00000c, etherType: 0 });
    expect(parse(patched(frameBytes('snap'), 17, 0, 0, 0xf8)).frame.etherType).toBe(EtherType.arp);
  });

  it('reads a control field of two octets', () => {
    const { frame } = parse(patched(frameBytes('stp'), 16, 0x12, 0x34));
    expect(frame).toMatchObject({ control: 0x1234, payloadOffset: 50, etherType: 0 });
  });

  const lengths: [length: number, reason: number][] = [
    [0, DropReason.llcTruncated],
    [2, DropReason.llcTruncated],
    [3, DropReason.llcTruncated],
    [7, DropReason.llcTruncated],
    [8, DropReason.none],
    [46, DropReason.none],
    [47, DropReason.ethernetBadLength],
    [1500, DropReason.ethernetBadLength],
    [1501, DropReason.ethernetBadLength],
    [1535, DropReason.ethernetBadLength],
  ];
  it.each(lengths)('length %i in a frame with 46 octets: reason %i', (length, reason) => {
    const bytes = patched(frameBytes('snap'), 12, length >> 8, length & 255);
    expect(bytes.length).toBe(60);
    expect(parse(bytes).reason).toBe(reason);
  });

  it('writes the octets of RFC 1042', () => {
    const memory = memoryWith(new Uint8Array(10));
    emitLlcSnap(memory, 32, EtherType.ipv4, 20);
    expect(toHex(memory.u8.subarray(32, 42))).toBe('001caaaa030000000800');
    expect(fromHex('00 1c')).toEqual(Uint8Array.of(0, 28));
  });
});

it('frames of the table end where they should', () => {
  const ends = (['vlan', 'qinq', 'snap', 'stp', 'rarp'] as FrameName[]).map((name) => readFrame(frameBytes(name)).end);
  expect(ends).toEqual(['udp: none', 'arp: none', 'arp: none', 'ethernet: none', 'arp: none']);
});
