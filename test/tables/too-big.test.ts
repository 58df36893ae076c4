/**
 * "Packet too big" against one connection (RFC 1191, RFC 8201, RFC 5927): which messages are believed, when, and what a forger
 * gains. The messages quote segments of the connection, as a router would have it or as somebody who guesses.
 */
import { describe, expect, it } from 'vitest';
import { Tcb } from '../../src/tcp/index.ts';
import { DropReason, dropReasonName } from '../../src/wire/drop-reason.ts';
import {
  type Bench,
  type Established,
  type EstablishedOptions,
  OURS,
  OURS6,
  openActively,
  type Profile,
  THEIRS6,
  text,
} from '../requirements/bench.ts';
import { buildIcmpError, type Packet } from '../requirements/wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const ROUTER = '10.0.0.254';
const ROUTER6 = 'fd00::fe';
const V6: EstablishedOptions = { address: THEIRS6, ourAddress: OURS6 };

/** The connection's record in the stack. */
function tcbOf(bench: Bench): Tcb {
  for (const entry of bench.stack.tcp.connections) if (entry instanceof Tcb) return entry;
  throw new Error('there is no connection');
}

/** A message about `packet`, whose quote may be falsified. */
function tooBig(packet: Packet, mtu: number, change?: (quote: DataView) => void): Uint8Array {
  const quote = packet.bytes.slice();
  change?.(new DataView(quote.buffer));
  const isV4 = quote[0]! >> 4 === 4;
  return isV4 ? buildIcmpError(ROUTER, OURS, 3, 4, quote, mtu) : buildIcmpError(ROUTER6, OURS6, 2, 0, quote, mtu);
}

/** Full segments in flight, nothing of that size acknowledged yet. */
function withFlight(options: EstablishedOptions = {}, octets = 2_920): Established & { sent: Packet[] } {
  const made = openActively(options);
  made.socket.noDelay = true;
  made.socket.write(text(octets));
  return { ...made, sent: made.bench.takePackets() };
}

/** The same on a path where full segments have been acknowledged before. */
function withProof(options: EstablishedOptions = {}): Established & { sent: Packet[] } {
  const made = withFlight(options);
  for (const packet of made.sent) if (packet.segment !== null) made.peer.accept(packet.segment);
  made.peer.send('A');
  expect(made.bench.take()).toEqual([]);
  made.socket.write(text(2_920, 2_920));
  return { ...made, sent: made.bench.takePackets() };
}

const drops = (bench: Bench): number => bench.stack.counters.drops.get(dropReasonName(DropReason.icmpImplausible)) ?? 0;
const largest = (bench: Bench): number => Math.max(0, ...bench.take().map(({ payload }) => payload.length));

describe.each(PROFILES)('%s: packet too big before anything got through', (profile) => {
  // RFC 1191 §3 R1191-1: the path MTU falls, and all segments have DF set.
  // RFC 1191 §6.4 R1191-5, R1191-8: retransmitted at once within the window, cut anew.
  // RFC 8201 §5.4 R8201-3, R8201-8: what was too large goes again at once, smaller, and the congestion window is not touched.
  it.each([
    ['IPv4', {}, 2_920, 1_000, 960],
    ['IPv6', V6, 2_880, 1_300, 1_240],
  ] as const)('is believed at once: %s', (_name, options, octets, mtu, length) => {
    const { bench, sent } = withFlight({ profile, ...options }, octets);
    const { cwnd, sendMss } = tcbOf(bench);
    bench.give(tooBig(sent[0]!, mtu));
    const packets = bench.takePackets();
    for (const { bytes } of [...sent, ...packets]) if (bytes[0] === 0x45) expect(bytes[6]).toBe(0x40);
    const again = packets.flatMap(({ segment }) => segment ?? []);
    expect(again.map(({ payload }) => payload.length).reduce((sum, each) => sum + each, 0)).toBe(octets);
    expect(Math.max(...again.map(({ payload }) => payload.length))).toBe(length);
    // Linux counts its window in segments: as many, though smaller ones.
    const window = profile === 'linux' ? (cwnd / sendMss) * length : cwnd;
    expect([tcbOf(bench).cwnd, bench.stack.counters.tcpExt.TCPTimeouts]).toEqual([window, 0]);
  });

  // RFC 5927 §4.1 R5927-1, R5927-8: a number that is not in flight is a guess.
  // RFC 5927 §7.2 R5927-4: so is an MTU that everything sent fits.
  // RFC 8201 §4 R8201-1, R8201-2, R8201-9: and a size that was not sent.
  it.each<[string, EstablishedOptions, number, (quote: DataView) => void]>([
    ['a sequence number before SND.UNA', {}, 1_000, (quote) => quote.setUint32(24, quote.getUint32(24) - 1)],
    ['a sequence number never sent', {}, 1_000, (quote) => quote.setUint32(24, quote.getUint32(24) + 2_920)],
    ['octets beyond those sent', {}, 1_000, (quote) => quote.setUint32(24, quote.getUint32(24) + 2_919)],
    ['another port', {}, 1_000, (quote) => quote.setUint16(20, quote.getUint16(20) ^ 1)],
    ['a packet that would have fitted', {}, 1_000, (quote) => quote.setUint16(2, 1_000)],
    ['a packet larger than any that was sent', {}, 1_400, (quote) => quote.setUint16(2, 1_600)],
    ['an MTU that everything sent fits', {}, 1_500, () => undefined],
    ['a larger MTU', {}, 9_000, () => undefined],
    ['less than IPv6 allows', V6, 1_279, () => undefined],
    ['none at all for IPv6', V6, 0, () => undefined],
  ])('is not believed with %s', (_name, options, mtu, change) => {
    const { bench, sent } = withFlight({ profile, ...options });
    const before = tcbOf(bench).sendMss;
    bench.give(tooBig(sent[0]!, mtu, change));
    expect(bench.take()).toEqual([]);
    expect([tcbOf(bench).sendMss, bench.stack.ip.routing.pathMtus.size]).toEqual([before, 0]);
  });

  // RFC 1191 §3 R1191-2: 68 at the least.
  it('never falls below the least of the profile, whatever is claimed', () => {
    const { bench, sent } = withFlight({ profile });
    bench.give(tooBig(sent[0]!, 40));
    const least = profile === 'linux' ? 552 : 68;
    expect(tcbOf(bench).pathMtu).toBe(least);
    expect(largest(bench)).toBe(Math.max(least - 40, 48));
  });

  // RFC 1191 §5 R1191-3: the plateau below what was sent, for routers that name no MTU.
  it('takes the next plateau when no MTU is named, or on Linux the least', () => {
    const { bench, sent } = withFlight({ profile });
    bench.give(tooBig(sent[0]!, 0));
    expect([tcbOf(bench).pathMtu, largest(bench)]).toEqual(profile === 'rfc' ? [1_492, 1_452] : [552, 512]);
  });
});

describe.each(PROFILES)('%s: packet too big against what got through', (profile) => {
  // RFC 5927 §7.2: the forger gains nothing as long as segments of that size are acknowledged.
  it('changes nothing when the segment is acknowledged after all', () => {
    const { bench, peer, socket, sent } = withProof({ profile });
    bench.give(tooBig(sent[0]!, 600));
    expect(bench.take()).toEqual([]);
    for (const packet of sent) if (packet.segment !== null) peer.accept(packet.segment);
    peer.send('A');
    socket.write(text(2_920));
    expect(largest(bench)).toBe(1_460);
    const { PmtuClaimsHeld, PmtuClaimsRefuted } = bench.stack.counters.tcpExt;
    expect([PmtuClaimsHeld, PmtuClaimsRefuted]).toEqual([1, 1]);
    bench.run(5_000);
    expect([tcbOf(bench).sendMss, bench.stack.ip.routing.pathMtus.size]).toEqual([1_460, 0]);
  });

  it('is held against what got through before the connection rested, too', () => {
    const { bench, peer, socket, sent } = withProof({ profile });
    for (const packet of sent) if (packet.segment !== null) peer.accept(packet.segment);
    peer.send('A');
    bench.run(5_000);
    bench.take();
    expect(tcbOf(bench).pathProof).toBeNull();
    socket.write(text(2_920));
    const [first] = bench.takePackets();
    if (first === undefined) throw new Error('nothing was sent');
    bench.give(tooBig(first, 600));
    expect(tcbOf(bench).sendMss).toBe(1_460);
    expect(bench.stack.counters.tcpExt.PmtuClaimsHeld).toBe(1);
  });

  // RFC 5927 §7.2 R5927-5: a path that really got narrower is found with the first time-out.
  it('is believed once a time-out agrees', () => {
    const { bench, sent } = withProof({ profile });
    bench.give(tooBig(sent[0]!, 1_000));
    expect(bench.take()).toEqual([]);
    bench.run(2_000);
    expect([largest(bench), tcbOf(bench).pathMtu]).toEqual([960, 1_000]);
  });

  it('is believed at once with pmtu_confirm_timeouts 0, as by Linux', () => {
    const { bench, sent } = withProof({ profile, settings: { tcp: { pmtu_confirm_timeouts: 0 } } });
    bench.give(tooBig(sent[0]!, 1_000));
    expect([largest(bench), tcbOf(bench).pathMtu]).toEqual([960, 1_000]);
  });

  // RFC 5927 §7.2 R5927-6: nothing speaks against it.
  it('is believed at once when it leaves what has got through alone', () => {
    const made = openActively({ profile });
    made.socket.noDelay = true;
    made.socket.write(text(900));
    made.peer.accept(made.bench.takeOne());
    made.peer.send('A');
    made.socket.write(text(1_460));
    const [packet] = made.bench.takePackets();
    made.bench.give(tooBig(packet!, 1_000));
    expect(largest(made.bench)).toBe(960);
  });

  it('is held back when it comes from somebody else’s packet: another socket may be forged against', () => {
    const { bench, peer, socket, sent } = withProof({ profile });
    bench.stack.ip.routing.lowerPathMtu(tcbOf(bench).key.remoteAddress, 700, 0);
    for (const packet of sent) if (packet.segment !== null) peer.accept(packet.segment);
    peer.send('A');
    socket.write(text(1_460));
    expect(largest(bench)).toBe(1_460);
    // Nothing gets through any more: it was true.
    bench.run(2_000);
    expect(largest(bench)).toBe(660);
  });
});

describe.each(PROFILES)('%s: a flood of packets too big', (profile) => {
  // RFC 5927 §7: off the path, with the ports but not the sequence number: 2^32 numbers, a flight of 2920 of them.
  it('from somebody who guesses sequence numbers changes nothing and is counted', () => {
    const { bench, sent } = withProof({ profile });
    const step = 2 ** 32 / 20_000;
    for (let guess = 1; guess < 20_000; guess++) {
      bench.give(tooBig(sent[0]!, 600, (quote) => quote.setUint32(24, (quote.getUint32(24) + guess * step) >>> 0)));
    }
    expect([tcbOf(bench).sendMss, bench.stack.counters.tcpExt.OutOfWindowIcmps, bench.take()]).toEqual([
      1_460,
      19_999,
      [],
    ]);
  });

  // RFC 1191 §3: at once where nothing speaks against it.
  it('from the peer itself, an octet less each time, makes four retransmissions of the flight and no more', () => {
    const { bench, sent } = withFlight({ profile }, 14_600);
    for (let mtu = 1_499; mtu > 600; mtu--) bench.give(tooBig(sent[0]!, mtu));
    const octets = bench.take().reduce((sum, { payload }) => sum + payload.length, 0);
    expect([octets > 0, octets <= 4 * 14_600]).toEqual([true, true]);
    expect(tcbOf(bench).pathMtu).toBe(1_496);
  });

  it('for ports nobody has is dropped and counted, and nothing is remembered', () => {
    const { bench, sent } = withProof({ profile });
    for (let port = 1; port <= 5_000; port++) bench.give(tooBig(sent[0]!, 600, (quote) => quote.setUint16(20, port)));
    expect([bench.take(), bench.stack.ip.routing.pathMtus.size]).toEqual([[], 0]);
    expect(bench.stack.counters.drops.get('icmpNotForUs')).toBe(5_000);
  });

  it('with impossible quotes is counted as such', () => {
    const { bench, sent } = withProof({ profile });
    for (let at = 0; at < 100; at++) bench.give(tooBig(sent[0]!, 600, (quote) => quote.setUint16(2, 500 + (at & 63))));
    expect(drops(bench)).toBe(100);
  });
});

describe.each(PROFILES)('%s: a learned path MTU', (profile) => {
  // RFC 1191 §3 R1191-4: for ten minutes no larger segment is tried.
  // RFC 8201 §5.3 R8201-6: and then it is.
  // RFC 1191 §6.3 R1191-7: after ten minutes a connection that goes on tries its old size again, from its next segment but one.
  it('ages, and a connection that goes on grows again', () => {
    const { bench, peer, socket, sent } = withFlight({ profile });
    bench.give(tooBig(sent[0]!, 1_000));
    for (const segment of bench.take()) peer.accept(segment);
    peer.send('A');
    const lengths: number[] = [];
    for (let minute = 1; minute <= 12; minute++) {
      bench.run(60_000);
      socket.write(text(1_460));
      const segments = bench.take();
      lengths.push(Math.max(...segments.map(({ payload }) => payload.length)));
      for (const segment of segments) peer.accept(segment);
      peer.send('A');
    }
    expect(lengths).toEqual([...new Array<number>(10).fill(960), 1_460, 1_460]);
  });
});
