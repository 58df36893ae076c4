/**
 * Attackers who complete handshakes or send fragments to make the host hold what it has: memory, records, timers. Each test measures
 * what is held while the attack lasts, that a setting bounds it, that an honest client is served meanwhile, and what is left afterwards.
 */
import { describe, expect, it } from 'vitest';
import type { StreamSocket } from '../../src/socket/index.ts';
import { TimeWait } from '../../src/tcp/index.ts';
import { MSS_1460, OURS, Peer, readAll, text } from '../requirements/bench.ts';
import { buildIp } from '../requirements/wire.ts';
import {
  ATTACKERS,
  BUFFER,
  type House,
  honestClientIsServed,
  house,
  PROFILES,
  tcbsOf,
  visit,
  visitMany,
  weigh,
} from './house.ts';

describe.each(PROFILES)('%s: connections that are held', (profile) => {
  // Sockstress, and the slow readers of which it is the extreme.
  it('closed windows hold a send buffer each and no more; as orphans they end although every probe is answered', () => {
    const at = house(profile);
    const visits = visitMany(at, 0);
    for (const { socket } of visits) while (socket !== null && socket.write(text(4_096)) > 0);
    // A size the user sets counts twice under `linux`, as SO_SNDBUF does there.
    const most = profile === 'linux' ? BUFFER * 2 : BUFFER;
    for (const tcb of tcbsOf(at)) expect(tcb.sendBuffer?.length ?? 0).toBeLessThanOrEqual(most);
    expect(tcbsOf(at).length).toBe(ATTACKERS);
    expect(weigh(at.bench.stack).octets).toBeLessThan(ATTACKERS * BUFFER * 4 + 8e6);
    honestClientIsServed(at);
    for (const { socket } of visits) socket?.close();
    expect(at.bench.stack.tcp.orphanCount).toBe(ATTACKERS);
    const byPort = new Map(visits.map(({ peer }) => [peer.port, peer]));
    for (let minutes = 0; minutes < 60 && at.bench.stack.tcp.orphanCount > 0; minutes += 0.5) {
      at.bench.run(30_000);
      for (const { destinationPort } of at.bench.take()) byPort.get(destinationPort)?.send('A');
    }
    expect(at.bench.stack.tcp.orphanCount).toBe(0);
  });

  it('peers that say nothing after the handshake are given up: probes without an answer are counted', () => {
    const at = house(profile);
    for (const { socket } of visitMany(at, 0)) socket?.write(text(100));
    at.bench.run(3_600_000);
    at.bench.take();
    expect(tcbsOf(at).length).toBe(0);
    honestClientIsServed(at);
  });

  it('FIN-WAIT-2 lasts fin_timeout for an orphan; with a larger setting it lasts longer', () => {
    for (const [fin_timeout, left] of [
      [60, 0],
      [600, ATTACKERS],
    ] as const) {
      const at = house(profile, { tcp: { fin_timeout } });
      for (const { peer, socket } of visitMany(at)) {
        socket?.close();
        for (const segment of at.bench.take()) peer.accept(segment);
        peer.send('A');
      }
      expect(at.bench.stack.tcp.orphanCount).toBe(ATTACKERS);
      honestClientIsServed(at);
      at.bench.run(100_000);
      expect(at.bench.stack.tcp.orphanCount).toBe(left);
    }
  });

  it('no more than max_orphans are kept, the rest are reset and counted; connections in use do not suffer', () => {
    const at = house(profile, { tcp: { max_orphans: 20 } });
    const friend = visit(at, 45_000);
    for (const { socket } of visitMany(at)) socket?.close();
    expect(at.bench.stack.tcp.orphanCount).toBe(20);
    expect(at.bench.stack.counters.tcpExt.TCPAbortOnMemory).toBe(ATTACKERS - 20);
    at.bench.take();
    expect(friend.socket?.stateName).toBe('ESTABLISHED');
    honestClientIsServed(at);
  });

  it('CLOSE-WAIT is held by the program alone: one that closes when it reads the end has nothing left', () => {
    const at = house(profile);
    const visits = visitMany(at);
    for (const { peer } of visits) peer.send('FA');
    expect(tcbsOf(at).length).toBe(ATTACKERS);
    at.bench.take();
    honestClientIsServed(at);
    for (const { peer, socket } of visits) {
      socket?.close();
      for (const segment of at.bench.take()) peer.accept(segment);
      peer.send('A');
    }
    expect(tcbsOf(at).length).toBe(0);
  });

  it('connections nobody accepts fill the backlog and nothing behind it', () => {
    const at = house(profile, { tcp: { syncookies: 0 } }, 8);
    for (let port = 30_000; port < 30_500; port++) {
      const peer = new Peer(at.bench, { address: '203.0.113.7', port });
      peer.send('S', { options: MSS_1460 });
      for (const segment of at.bench.take()) if (segment.destinationPort === port) peer.accept(segment);
      if (peer.ack !== 0) peer.send('A');
    }
    expect(tcbsOf(at).length).toBeLessThanOrEqual(9);
    expect(at.bench.stack.counters.tcpExt.ListenOverflows).toBeGreaterThan(0);
    while (at.listener.accept() !== null);
    at.bench.run(120_000);
    while (at.listener.accept() !== null);
    at.bench.take();
    honestClientIsServed(at);
  });

  it('TIME-WAIT records are as many as max_tw_buckets', () => {
    const at = house(profile, { tcp: { max_tw_buckets: 10 } });
    for (const { peer, socket } of visitMany(at)) {
      socket?.close();
      for (const segment of at.bench.take()) peer.accept(segment);
      peer.send('FA');
    }
    expect([...at.bench.stack.tcp.connections].filter((entry) => entry instanceof TimeWait).length).toBe(10);
    expect(at.bench.stack.counters.tcpExt.TCPTimeWaitOverflow).toBe(ATTACKERS - 10);
    at.bench.take();
    honestClientIsServed(at);
  });
});

describe.each(PROFILES)('%s: segments that are dear', (profile) => {
  // The setting is reassembly_ranges_max.
  it.each([16, 4_096])('a hole behind every octet: no more than %i ranges', (most) => {
    const at = house(profile, { tcp: { reassembly_ranges_max: most } });
    const { peer, socket } = visit(at, 20_000);
    for (let hole = 1; hole < 12_000; hole += 2) peer.send('A', { seq: (peer.seq + hole) >>> 0, payload: text(1) });
    const [tcb] = tcbsOf(at);
    expect(tcb?.reassembly?.rangeCount).toBe(most);
    expect(at.bench.stack.counters.tcpExt.TCPOFODrop).toBe(6_000 - most);
    at.bench.take();
    honestClientIsServed(at);
    // The sender, were it an honest one, gets everything through all the same.
    peer.send('A', { payload: text(12_000) });
    expect(readAll(socket as StreamSocket)).toEqual(text(12_000));
    expect(tcb?.reassembly?.rangeCount).toBe(0);
  });

  // "SACK panic" (CVE-2019-11478, 11479): the setting is min_snd_mss.
  it.each([48, 536])(
    'an MSS of 1 and a SACK block for every other segment: segments of %i octets at least',
    (floor) => {
      const at = house(profile, { tcp: { min_snd_mss: floor } });
      const { peer, socket } = visit(at, 20_000, 65_535, [2, 4, 0, 1, 1, 1, 4, 2]);
      for (let round = 0; round < 40; round++) {
        socket?.write(text(4_096));
        const segments = at.bench.take();
        for (const segment of segments.filter((_, index) => index % 2 === 1)) {
          const edges = [segment.seq, segment.seq + segment.payload.length];
          peer.send('A', {
            options: [1, 1, 5, 10, ...edges.flatMap((edge) => [24, 16, 8, 0].map((by) => (edge >>> by) & 255))],
          });
        }
      }
      const [tcb] = tcbsOf(at);
      expect(tcb?.sendMss).toBe(floor);
      // A record for each segment of a full buffer, and once more for those sent again.
      expect(tcb?.scoreboard?.count ?? 0).toBeLessThanOrEqual((BUFFER / floor) * 2);
      at.bench.take();
      honestClientIsServed(at);
    },
  );

  it('octets one by one are merged: the buffer holds no more than was announced', () => {
    const at = house(profile);
    const { peer, socket } = visit(at, 20_000);
    for (let count = 0; count < BUFFER + 3_000; count++)
      peer.send('A', { seq: (peer.seq + count) >>> 0, payload: text(1) });
    at.bench.take();
    honestClientIsServed(at);
    expect(readAll(socket as StreamSocket).length).toBeLessThanOrEqual(BUFFER);
  });
});

/** One fragment of a UDP datagram to port 9. */
function fragment(source: string, id: number, offset: number, length: number, isLast = false): Uint8Array {
  const packet = buildIp(source, OURS, 17, new Uint8Array(length));
  const view = new DataView(packet.buffer);
  view.setUint16(4, id);
  view.setUint16(6, (isLast ? 0 : 0x2000) | (offset >> 3));
  view.setUint16(10, 0);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(10, ~sum & 0xffff);
  return packet;
}

describe.each(PROFILES)('%s: fragments', (profile) => {
  const weightAfter = (ip: object, fragments: (index: number) => Uint8Array): { at: House; grown: number } => {
    const at = house(profile, { ip });
    const before = weigh(at.bench.stack).octets;
    for (let index = 0; index < 3_000; index++) at.bench.give(fragments(index));
    at.bench.takePackets();
    return { at, grown: weigh(at.bench.stack).octets - before };
  };
  const flood = (index: number): Uint8Array =>
    fragment(`203.0.${index >> 6}.${1 + (index & 63)}`, index & 0xffff, 0, 1_400);

  it('of datagrams that never end hold ipfragHighThreshBytes, from however many sources', () => {
    const small = weightAfter({ ipfragHighThreshBytes: 100_000 }, flood);
    const large = weightAfter({ ipfragHighThreshBytes: 4_000_000 }, flood);
    expect(small.grown).toBeLessThan(400_000);
    // With room for them they would all have stayed, up to ipfragMaxDatagrams.
    expect(large.grown).toBeGreaterThan(1_000_000);
    expect(small.at.bench.stack.counters.ip.ReasmFails).toBeGreaterThan(2_500);
    for (const { at } of [small, large]) {
      honestClientIsServed(at);
      at.bench.run(120_000);
      expect(at.bench.stack.counters.ip.ReasmReqds).toBe(3_000);
    }
  });

  it('that overlap end their datagram, and their octets are free', () => {
    const { at, grown } = weightAfter({}, (index) =>
      fragment('203.0.113.9', index >> 1, (index & 1) * 800, 1_600 - (index & 1) * 8),
    );
    expect(at.bench.stack.counters.ip.ReasmOverlaps).toBeGreaterThan(1_000);
    expect(grown).toBeLessThan(1_000_000);
    honestClientIsServed(at);
  });

  it('in many tiny pieces: ipfragMaxFragments of one datagram', () => {
    const { at, grown } = weightAfter({ ipfragMaxFragments: 64 }, (index) => fragment('203.0.113.9', 1, index * 16, 8));
    expect(grown).toBeLessThan(200_000);
    expect(at.bench.stack.counters.ip.ReasmFails).toBeGreaterThan(0);
    honestClientIsServed(at);
  });
});
