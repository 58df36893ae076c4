/**
 * Attackers who keep within the limits of each connection and make many of them: what all hold together is bounded by `mem_high`
 * (Linux's tcp_mem). Each attack is played with small limits, where it is stopped and an honest client served, and with large ones,
 * where it gets all it asks for.
 */
import { describe, expect, it } from 'vitest';
import { SocketEvent } from '../../src/socket/index.ts';
import { type Profile, readAll, text } from '../requirements/bench.ts';
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
} from './house.ts';

const KIB = 1024;
const SMALL = { mem_low: 300 * KIB, mem_pressure: 400 * KIB, mem_high: 600 * KIB };
const LARGE = { mem_low: 2 ** 30, mem_pressure: 2 ** 30, mem_high: 2 ** 30 };
/** A buffer that is held by a connection without anything else: one segment. */
const LEAST = 2 * KIB;
/** The first octet of every visitor: see `Peer`. */
const FIRST = 0xffff_fff1;

const held = ({ bench }: House): number => bench.stack.tcp.pool.heldBytes;
const counters = ({ bench }: House) => bench.stack.counters.tcpExt;

/** What the connections hold, added up from the connections themselves. */
const weighed = (at: House): number =>
  tcbsOf(at).reduce((sum, { sendBuffer, receiveBuffer, scoreboard, reassembly }) => {
    const ranges = (reassembly?.rangeCount ?? 0) * 16;
    const records = (scoreboard?.capacity ?? 0) * 64;
    return sum + (sendBuffer?.capacity ?? 0) + (receiveBuffer?.capacity ?? 0) + records + ranges;
  }, 0);

/** Fills the window of a connection whose user does not read. */
function fill(at: House, { peer }: ReturnType<typeof visit>): void {
  for (let sent = 0; sent < BUFFER; sent += 1_400) {
    peer.send('A', { payload: text(1_400) });
    for (const segment of at.bench.take()) if (segment.destinationPort === peer.port) peer.seq = segment.ack;
  }
}

/** One octet at the end of the window, wherever it was announced: the room before it must be there. */
function throwBombs(at: House, visits: ReturnType<typeof visitMany>, thrown: () => void): void {
  const edges = new Map(tcbsOf(at).map(({ key, rcvAdv }) => [key.remotePort, rcvAdv]));
  for (const { peer } of visits) {
    peer.send('A', { seq: ((edges.get(peer.port) ?? 0) - 10) >>> 0, payload: text(1) });
    thrown();
  }
}

/** All that a slow path brings, with losses: every other segment is late. */
function honestUploadArrives(at: House, port: number): void {
  at.bench.take();
  const { peer, socket } = visit(at, port);
  if (socket === null) throw new Error('the honest client was not accepted');
  const whole = text(12_000);
  const octets: number[] = [];
  for (let round = 0; octets.length < whole.length; round++) {
    if (round > 100) throw new Error('the upload does not get on');
    const rest = whole.subarray(octets.length, octets.length + 2_800);
    // The second one first, as if the first had been sent again.
    peer.send('A', { seq: (peer.seq + 1_400) >>> 0, payload: rest.subarray(1_400) });
    peer.send('A', { payload: rest.subarray(0, 1_400) });
    at.bench.run(300);
    for (const segment of at.bench.take()) if (segment.destinationPort === port) peer.seq = segment.ack;
    octets.push(...readAll(socket));
  }
  expect(Uint8Array.from(octets)).toEqual(whole);
  socket.abort();
  at.bench.take();
}

function end(at: House, visits: ReturnType<typeof visitMany>): void {
  for (const { socket } of visits) socket?.abort();
  at.bench.take();
  expect(tcbsOf(at).length).toBe(0);
  expect(held(at)).toBe(0);
}

const at = (profile: Profile, tcp: object): House => house(profile, { tcp });

describe.each(PROFILES)('%s: memory of all connections', (profile) => {
  it('slow readers: nothing is taken beyond mem_high but a segment each, and who reads is served', () => {
    for (const [limits, isSmall] of [
      [SMALL, true],
      [LARGE, false],
    ] as const) {
      const here = at(profile, limits);
      const visits = visitMany(here);
      for (const one of visits) {
        fill(here, one);
        if (isSmall) expect(held(here)).toBeLessThanOrEqual(SMALL.mem_high + ATTACKERS * LEAST);
      }
      expect(held(here)).toBe(weighed(here));
      if (isSmall) {
        expect(counters(here).TCPMemoryPressures).toBe(1);
        expect(counters(here).PruneCalled).toBeGreaterThan(0);
        expect(counters(here).RcvPruned).toBeGreaterThan(0);
        expect(counters(here).TCPRcvQDrop).toBeGreaterThan(0);
      } else {
        expect(held(here)).toBeGreaterThan(ATTACKERS * BUFFER * 0.8);
        expect(counters(here).TCPMemoryPressures).toBe(0);
      }
      here.bench.take();
      honestClientIsServed(here);
      honestUploadArrives(here, 51_000);
      end(here, visits);
    }
  });

  it('what slow readers were sent is all there when they read at last, and the pressure is over', () => {
    const here = at(profile, SMALL);
    const visits = visitMany(here);
    for (const one of visits) fill(here, one);
    here.bench.run(10_000);
    // Whose last segment was beyond the window, or is acknowledged with delay.
    for (const { peer } of visits) peer.send('A', { seq: FIRST });
    for (const { destinationPort, ack } of here.bench.take()) {
      const one = visits.find(({ peer }) => peer.port === destinationPort);
      if (one !== undefined) one.peer.seq = ack;
    }
    for (const { peer, socket } of visits) {
      if (socket === null) throw new Error('not accepted');
      const taken = readAll(socket);
      // Each took what was acknowledged, every octet of it.
      expect(taken.length).toBe((peer.seq - FIRST) >>> 0);
      expect(taken.length).toBeGreaterThanOrEqual(1_400);
    }
    here.bench.take();
    expect(held(here)).toBe(0);
    const [first] = visits;
    if (first === undefined) throw new Error('nobody came');
    fill(here, first);
    expect(first.socket?.readableLength).toBeGreaterThan(BUFFER - 1_400);
    expect(counters(here).TCPMemoryPressuresChrono).toBeGreaterThanOrEqual(10_000);
    end(here, visits);
  });

  it('reassembly bombs over many connections: what came early is dropped, and again when more comes', () => {
    for (const [limits, isSmall] of [
      [SMALL, true],
      [LARGE, false],
    ] as const) {
      const here = at(profile, limits);
      const visits = visitMany(here);
      for (let round = 0; round < 4; round++) {
        throwBombs(here, visits, () => {
          if (isSmall) expect(held(here)).toBeLessThanOrEqual(SMALL.mem_high);
        });
        if (isSmall) honestUploadArrives(here, 51_000 + round);
      }
      expect(held(here)).toBe(weighed(here));
      if (isSmall) expect(counters(here).OfoPruned).toBeGreaterThan(0);
      else expect(held(here)).toBeGreaterThan(ATTACKERS * BUFFER);
      here.bench.take();
      honestClientIsServed(here);
      end(here, visits);
    }
  });

  it('holes behind every octet: the ranges count too', () => {
    const here = at(profile, { ...LARGE, reassembly_ranges_max: 1_024 });
    const { peer, socket } = visit(here, 20_000);
    for (let hole = 1; hole < 2_048; hole += 2) peer.send('A', { seq: (peer.seq + hole) >>> 0, payload: text(1) });
    here.bench.take();
    expect(held(here)).toBeGreaterThanOrEqual(1_024 * 16 + 2_048);
    expect(held(here)).toBe(weighed(here));
    socket?.abort();
    expect(held(here)).toBe(0);
  });

  it('closed windows: writers are taken no more from, but are told when they may go on', () => {
    for (const [limits, isSmall] of [
      [SMALL, true],
      [LARGE, false],
    ] as const) {
      const here = at(profile, limits);
      const visits = visitMany(here, 0);
      for (const { socket } of visits) while (socket !== null && socket.write(text(4_096)) > 0);
      expect(held(here)).toBe(weighed(here));
      if (isSmall) expect(held(here)).toBeLessThanOrEqual(SMALL.mem_high + ATTACKERS * LEAST);
      else expect(held(here)).toBeGreaterThanOrEqual(ATTACKERS * BUFFER);
      for (const { socket } of visits) expect(socket?.unacknowledgedLength).toBeGreaterThanOrEqual(LEAST);
      here.bench.take();
      honestClientIsServed(here);
      end(here, visits);
    }
  });

  it('a writer that got a part only is told to go on by the acknowledgment of it', () => {
    const here = at(profile, SMALL);
    const visits = visitMany(here, 0);
    for (const { socket } of visits) while (socket !== null && socket.write(text(4_096)) > 0);
    const { peer, socket } = visit(here, 52_000);
    if (socket === null) throw new Error('not accepted');
    const whole = text(20_000);
    let written = 0;
    for (let round = 0; written < whole.length; round++) {
      if (round > 100) throw new Error('the writer is never told');
      const taken = socket.write(whole.subarray(written));
      expect(taken).toBeGreaterThan(0);
      written += taken;
      socket.takeEvents();
      for (const segment of here.bench.take()) if (segment.destinationPort === peer.port) peer.accept(segment);
      peer.send('A');
      if (written < whole.length) expect(socket.takeEvents() & SocketEvent.writable).not.toBe(0);
    }
    end(here, [...visits, { peer, socket }]);
  });

  it('orphans with octets to send go when mem_high is reached', () => {
    const here = at(profile, SMALL);
    const visits = visitMany(here, 0);
    const [first] = visits;
    while (first?.socket && first.socket.write(text(4_096)) > 0);
    first?.socket?.close();
    expect(here.bench.stack.tcp.orphanCount).toBe(1);
    for (const { socket } of visits.slice(1)) while (socket !== null && socket.write(text(4_096)) > 0);
    expect(here.bench.stack.tcp.orphanCount).toBe(0);
    expect(counters(here).TCPAbortOnMemory).toBe(1);
    expect(
      here.bench
        .take()
        .filter(({ destinationPort, flags }) => flags.includes('R') && destinationPort === first?.peer.port).length,
    ).toBe(1);
    // Nor do new ones stay.
    visits[1]?.socket?.close();
    expect(counters(here).TCPAbortOnMemory).toBe(2);
    end(here, visits);
  });

  it('under pressure no window is announced wider than what would be taken; without it, all that is free', () => {
    for (const [limits, most] of [
      [SMALL, LEAST],
      [LARGE, BUFFER],
    ] as const) {
      const here = at(profile, limits);
      const visits = visitMany(here);
      for (const one of visits) fill(here, one);
      const late = visit(here, 53_000);
      fill(here, late);
      // Read to the end again and again, so that the window could become wide; what the first one announced is used up.
      const windows: number[] = [];
      for (let round = 0; round < 30; round++) {
        if (late.socket !== null) readAll(late.socket);
        late.peer.send('PA', { payload: text(1_000) });
        here.bench.run(300);
        for (const { destinationPort, ack, window } of here.bench.take()) {
          if (destinationPort !== 53_000) continue;
          late.peer.seq = ack;
          if (round >= 20) windows.push(window);
        }
      }
      expect(Math.max(...windows)).toBeLessThanOrEqual(most);
      expect(Math.max(...windows)).toBeGreaterThanOrEqual(most - 1_400);
      end(here, [...visits, late]);
    }
  });
});
