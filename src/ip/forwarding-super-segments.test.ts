/** A router that is handed super-segments with unfinished checksums: whole, in packets, in fragments, or with an error. */
import { describe, expect, it } from 'vitest';
import { type FrameOptions, frame, isFrameIntact, MAC_A, MAC_B, pattern } from '../../test/support/frames.ts';
import { IpHost } from '../../test/support/ip-hosts.ts';
import { Address } from '../base/address.ts';
import { type LinkCapabilities, plainCapabilities } from '../base/link-capabilities.ts';
import { MacAddress } from '../base/mac-address.ts';
import { GSO_ACCECN, Slot } from '../base/slot.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { FrameView } from '../wire/frame-view.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

const HEADERS = { tcp: 20, udp: 8 };
const CHECKSUM_AT = { tcp: 16, udp: 6 };
const DONT_FRAGMENT = 0x4000;
const OFFLOADS = { tso4: true, tso6: true, uso: true, checksum: true };

/** Away by 10.1.0.0/24 and 2001:db8:1::/64, on a carrier of bare IP unless told otherwise. */
class Router {
  readonly host = new IpHost(2, { forwarding: true });
  private readonly near: number;
  private readonly far: number;

  constructor(far: Partial<LinkCapabilities> = {}) {
    const near = this.host.addEthernet(MAC_A, { ...plainCapabilities('ethernet', 1500), ...OFFLOADS });
    const away = this.host.ip.addInterface({
      name: 'tun0',
      capabilities: { ...plainCapabilities('ip', 1500), ...far },
      ...(far.medium === 'ethernet' ? { mac: MacAddress.parse(MAC_B) } : {}),
    });
    this.near = near.id;
    this.far = away.id;
    for (const [owner, v4, v6] of [
      [near, '10.0.0.254', '2001:db8::fe'],
      [away, '10.1.0.254', '2001:db8:1::fe'],
    ] as const) {
      this.host.ip.addAddress(owner, Address.parse(v4), 24);
      if (owner.mtu >= 1280) this.host.ip.addAddress(owner, Address.parse(v6), 64);
    }
    this.take();
  }

  /**
   * @param change what is to be different before it arrives, with where its IP header is
   * @returns why it was dropped, by name
   */
  give(family: 4 | 6, options: FrameOptions, change?: (slot: Slot, ip: number) => void): string[] {
    const ends =
      family === 4
        ? { source: '10.0.0.1', destination: '10.1.0.1' }
        : { source: '2001:db8::1', destination: '2001:db8:1::1' };
    const slot = frame({ destinationMac: MAC_A, ...ends, ...options });
    slot.interfaceId = this.near;
    change?.(slot, slot.offset + 14);
    this.host.ip.receive(slot);
    return this.host.drops.splice(0);
  }

  /** What leaves by the far interface. */
  take(): Slot[] {
    const frames: Slot[] = [];
    for (;;) {
      const slot = Slot.allocate(70_000, false);
      slot.interfaceId = this.far;
      if (!this.host.ip.pollTransmit(slot)) return frames;
      frames.push(slot);
    }
  }
}

function viewOf(slot: Slot): FrameView {
  const view = new FrameView();
  view.look(slot, 'ip');
  return view;
}

function payloadOf(slots: readonly Slot[]): Buffer {
  return Buffer.concat(
    slots.map((slot) => {
      const { payloadStart, ipEnd } = viewOf(slot);
      return slot.memory.u8.slice(payloadStart, ipEnd);
    }),
  );
}

const setDontFragment = ({ memory }: Slot, ip: number): void => {
  memory.view.setUint16(ip + 6, DONT_FRAGMENT);
  memory.view.setUint16(ip + 10, memory.view.getUint16(ip + 10) - DONT_FRAGMENT);
};

describe.each([
  [4, 'tcp'],
  [4, 'udp'],
  [6, 'tcp'],
  [6, 'udp'],
] as const)('a super-segment over IPv%i of %s', (family, protocol) => {
  const name = family === 4 ? 'ip' : 'ip6';
  const ipHeader = family === 4 ? 20 : 40;
  const largest = 1500 - ipHeader - HEADERS[protocol];

  it('leaves in packets of the wire by a carrier that does not take it', () => {
    // Each of the others is another kind of super-segment.
    const router = new Router({ ...OFFLOADS, [protocol === 'udp' ? 'uso' : `tso${family}`]: false });
    const payload = pattern(2 * largest + 100);
    expect(router.give(family, { protocol, payload, gsoSize: largest })).toEqual([]);
    const pieces = router.take();
    expect(pieces.map(({ length }) => length)).toEqual([1500, 1500, ipHeader + HEADERS[protocol] + 100]);
    for (const piece of pieces) {
      expect(isFrameIntact(piece, 'ip')).toBe(true);
      expect([piece.gsoSize, piece.checksumOffset]).toEqual([0, 0]);
      expect(piece.memory.u8[piece.offset + (family === 4 ? 8 : 7)]).toBe(63);
    }
    expect(payloadOf(pieces).equals(payload)).toBe(true);
    expect(router.host.counters[name]).toMatchObject({ ForwDatagrams: 1, OutDiscards: 0, FragOKs: 0, FragFails: 0 });
  });

  it('leaves whole by a carrier that takes it and no other', () => {
    const router = new Router({ [protocol === 'udp' ? 'uso' : `tso${family}`]: true, checksum: true });
    router.give(family, { protocol, payload: pattern(5000), gsoSize: largest });
    const [whole, ...others] = router.take();
    expect(others).toEqual([]);
    expect(whole).toMatchObject({ gsoSize: largest, checksumStart: ipHeader });
    expect(whole!.length).toBe(ipHeader + HEADERS[protocol] + 5000);
    expect(router.host.counters[name].ForwDatagrams).toBe(1);
  });

  it.each([
    ['plain', {}],
    ['offloaded', OFFLOADS],
  ])('is too big for a carrier that is %s when its pieces are', (_kind, far) => {
    const router = new Router({ ...far, mtu: 1400 });
    const change = family === 4 ? setDontFragment : undefined;
    const options: FrameOptions = { protocol, payload: pattern(5000) };
    expect(router.give(family, { ...options, gsoSize: largest - 100 + 1 }, change)).toEqual(['packetTooBig']);
    expect(router.take()).toEqual([]);
    expect(router.host.counters[name]).toMatchObject({ ForwDatagrams: 0, FragFails: 1 });
    expect(router.host.counters[name].InTooBigErrors).toBe(family === 4 ? 0 : 1);
    expect(family === 4 ? router.host.counters.icmp.OutDestUnreachs : router.host.counters.icmp6.OutPktTooBigs).toBe(1);
    // One octet less and it is not.
    expect(router.give(family, { ...options, gsoSize: largest - 100 }, change)).toEqual([]);
    expect(router.host.counters[name]).toMatchObject({ ForwDatagrams: 1, FragFails: 1 });
  });
});

describe('a super-segment', () => {
  it.each([
    ['plain', {}],
    ['offloaded', OFFLOADS],
  ])('without DF goes through a narrow carrier that is %s as fragments of its pieces', (_kind, far) => {
    const router = new Router({ ...far, mtu: 1000 });
    const payload = pattern(3000);
    expect(router.give(4, { payload, gsoSize: 1400 })).toEqual([]);
    const fragments = router.take().map((slot) => {
      const packet = new IpPacket(slot.memory);
      expect(parseIpv4(slot.memory, slot.offset, slot.offset + slot.length, packet)).toBe(DropReason.none);
      expect(packet.totalLength).toBeLessThanOrEqual(1000);
      expect(packet.hopLimit).toBe(63);
      return packet;
    });
    // Pieces bear one identification after the other; the last is short enough.
    expect(fragments.map(({ identification: id, fragmentOffset: at }) => [id, at])).toEqual([
      [7, 0],
      [7, 976],
      [8, 0],
      [8, 976],
      [9, 0],
    ]);
    const bytes = fragments.map((packet) => {
      const start = packet.payloadOffset + (packet.fragmentOffset === 0 ? HEADERS.tcp : 0);
      return packet.memory.u8.slice(start, packet.headerOffset + packet.totalLength);
    });
    expect(Buffer.concat(bytes).equals(payload)).toBe(true);
    expect(router.host.counters.ip).toMatchObject({ ForwDatagrams: 1, FragOKs: 2, FragCreates: 4, FragFails: 0 });
  });

  // RFC 9768 §3.3.4 R9768-70: CWR is a bit of the counter.
  it('with a counter in CWR is cut for a carrier that would clear it', () => {
    const count = (slot: Slot): void => {
      slot.gsoType |= GSO_ACCECN;
    };
    const options: FrameOptions = { payload: pattern(3000), gsoSize: 1400, flags: TcpFlag.ack | TcpFlag.cwr };
    const router = new Router(OFFLOADS);
    expect(router.give(4, options, count)).toEqual([]);
    expect(router.take().map((piece) => viewOf(piece).flags)).toEqual(new Array(3).fill(options.flags));
    const other = new Router({ ...OFFLOADS, tsoAccEcn: true });
    expect(other.give(4, options, count)).toEqual([]);
    expect(other.take().length).toBe(1);
  });

  it.each([
    ['plain', {}],
    ['offloaded', OFFLOADS],
  ])('that nobody can cut is not sent to a carrier that is %s', (_kind, far) => {
    const router = new Router(far);
    const spoil = ({ memory }: Slot, ip: number): void => memory.view.setUint8(ip + 20 + 12, 0x10);
    expect(router.give(4, { payload: pattern(3000), gsoSize: 1400 }, spoil)).toEqual(['packetTooBig']);
    expect(router.take()).toEqual([]);
    expect(router.host.counters.ip).toMatchObject({ ForwDatagrams: 0, OutDiscards: 1, FragFails: 0 });
  });

  it('of one piece is as long as that piece', () => {
    const router = new Router({ mtu: 1100 });
    expect(router.give(4, { payload: pattern(1000), gsoSize: 1400 }, setDontFragment)).toEqual([]);
    expect(router.take().map(({ length }) => length)).toEqual([1040]);
  });

  it('on its way to nobody is told of, by its pieces', () => {
    const router = new Router({ medium: 'ethernet' });
    router.give(4, { payload: pattern(3000), gsoSize: 1400 });
    router.host.advance(4_000);
    expect(router.host.drops).toEqual(['neighborUnreachable', 'neighborUnreachable', 'neighborUnreachable']);
    expect(router.host.counters.icmp.OutDestUnreachs).toBe(3);
  });
});

describe('a packet with an unfinished checksum', () => {
  it.each(['tcp', 'udp'] as const)('of %s has it finished for a carrier that cannot do it', (protocol) => {
    for (const family of [4, 6] as const) {
      const options: FrameOptions = { protocol, payload: pattern(1000), unfinished: true };
      const plain = new Router();
      expect(plain.give(family, options)).toEqual([]);
      const [finished] = plain.take();
      expect([isFrameIntact(finished!, 'ip'), finished!.checksumOffset]).toEqual([true, 0]);
      const offloaded = new Router(OFFLOADS);
      expect(offloaded.give(family, options)).toEqual([]);
      const [unfinished] = offloaded.take();
      expect(unfinished).toMatchObject({
        checksumStart: family === 4 ? 20 : 40,
        checksumOffset: CHECKSUM_AT[protocol],
      });
      expect(isFrameIntact(unfinished!, 'ip')).toBe(false);
    }
  });

  it.each([
    ['plain', {}],
    ['offloaded', OFFLOADS],
  ])('has it finished before it is cut into fragments, for a carrier that is %s', (_kind, far) => {
    const router = new Router({ ...far, mtu: 600 });
    expect(router.give(4, { protocol: 'udp', payload: pattern(1000), unfinished: true })).toEqual([]);
    const [first, second, ...others] = router.take();
    expect(others).toEqual([]);
    expect([first!.checksumOffset, second!.checksumOffset]).toEqual([0, 0]);
    const whole = frame({ source: '10.0.0.1', destination: '10.1.0.1', protocol: 'udp', payload: pattern(1000) });
    const checksum = whole.memory.view.getUint16(whole.offset + 14 + 20 + CHECKSUM_AT.udp);
    expect(first!.memory.view.getUint16(first!.offset + 20 + CHECKSUM_AT.udp)).toBe(checksum);
    expect(router.host.counters.ip).toMatchObject({ ForwDatagrams: 1, FragOKs: 1, FragCreates: 2 });
  });
});
