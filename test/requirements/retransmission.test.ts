/** RFC 9293 sections 3.8.1 to 3.8.3: time-outs, congestion, and when a connection is given up. */
import { describe, expect, it } from 'vitest';
import { SocketEvent } from '../../src/socket/index.ts';
import { Bench, type Established, endOf, MSS_1460, openActively, Peer, type Profile, text } from './bench.ts';
import type { Segment } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** Milliseconds from one segment to the next. */
function gapsMs(segments: readonly Segment[]): number[] {
  return segments.slice(1).map((segment, index) => (segment.timeUs - (segments[index]?.timeUs ?? 0)) / 1000);
}

/** A connection whose handshake took `rttMs`. */
function openWithRtt(profile: Profile, rttMs: number): Established {
  const bench = new Bench({ profile });
  const socket = bench.connect();
  const syn = bench.takeOne();
  bench.run(rttMs);
  const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort });
  peer.accept(syn);
  peer.send('SA', { options: MSS_1460 });
  bench.take();
  return { bench, peer, socket };
}

describe.each(PROFILES)('%s: retransmission time-out', (profile) => {
  // RFC 9293 §3.8.1 MUST-18: one second before the first sample, doubled each time.
  it('is one second before any sample', () => {
    const { bench, socket } = openWithoutAnswer(profile);
    bench.run(3_500);
    const gaps = gapsMs(bench.take());
    expect(gaps[0]).toBeCloseTo(1_000, -1);
    expect(socket.stateName).toBe('SYN-SENT');
  });

  // RFC 9293 §3.8.1 MUST-18: counted from when the SYN goes out, however long the stack slept before.
  it('starts when the segment goes out', () => {
    const bench = new Bench({ profile });
    bench.sleep(600_000);
    bench.connect();
    bench.run(900);
    expect(bench.take().length).toBe(1);
    bench.run(200);
    expect(bench.take().length).toBe(1);
    const made = openActively({ profile });
    made.bench.run(5_000);
    made.bench.sleep(600_000);
    made.socket.write(text(10));
    made.bench.run(150);
    expect(made.bench.take().length).toBe(1);
    made.bench.run(1_000);
    expect(made.bench.take().length).toBeGreaterThan(0);
  });

  // RFC 9293 §3.8.1 MUST-18: the first sample R gives R + 4 * R/2.
  it('follows the first sample', () => {
    const { bench, socket } = openWithRtt(profile, 800);
    socket.write(text(100));
    bench.run(3_000);
    const [gap] = gapsMs(bench.take());
    expect(gap).toBeGreaterThanOrEqual(2_390);
    expect(gap).toBeLessThanOrEqual(2_420);
  });

  // RFC 9293 §3.8.1 MUST-18: the ACK of a retransmitted segment is no sample (Karn), for it may be of either copy.
  it('takes no sample from a retransmission', () => {
    const { bench, peer, socket } = openWithRtt(profile, 800);
    socket.write(text(100));
    bench.run(2_500);
    const copies = bench.take();
    expect(copies.length).toBe(2);
    for (const copy of copies) peer.accept(copy);
    peer.send('A');
    socket.write(text(100, 100));
    bench.run(6_000);
    const [gap = 0] = gapsMs(bench.take());
    // Without a new sample the backed-off time-out stays (RFC 6298 section 5), on Linux too.
    expect(Math.abs(4_800 - gap)).toBeLessThan(30);
  });

  // RFC 9293 §3.8.2 MUST-19: every time-out in a row doubles the wait.
  it('doubles with every time-out', () => {
    const { bench, socket } = openWithRtt(profile, 800);
    socket.write(text(100));
    bench.run(40_000);
    const gaps = gapsMs(bench.take());
    expect(gaps.length).toBeGreaterThanOrEqual(3);
    for (let at = 1; at < gaps.length; at++) expect((gaps[at] ?? 0) / (gaps[at - 1] ?? 1)).toBeCloseTo(2, 1);
  });
});

function openWithoutAnswer(profile: Profile): { bench: Bench; socket: ReturnType<Bench['connect']> } {
  const bench = new Bench({ profile });
  return { bench, socket: bench.connect() };
}

/** Sizes of the flights, in segments, when the peer acknowledges a whole flight once per round of 100 ms. */
function flights({ bench, peer, socket }: Established, rounds: number): number[] {
  const sizes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let more = 1; more > 0; ) more = socket.write(text(60_000));
    const flight = bench.take();
    sizes.push(flight.length);
    bench.run(100);
    // Every second segment is acknowledged, as a receiver must (SHLD-19).
    for (let at = 0; at < flight.length; at++) {
      const segment = flight[at];
      if (segment === undefined) continue;
      if (((endOf(segment) - peer.ack) | 0) > 0) peer.accept(segment);
      if (at % 2 === 1 || at === flight.length - 1) peer.send('A');
    }
  }
  return sizes;
}

describe.each(PROFILES)('%s: congestion', (profile) => {
  const opened = (): Established =>
    openActively({
      profile,
      synOptions: [...MSS_1460, 3, 3, 10],
      settings: { tcp: { slow_start_after_idle: false, frto: 0 } },
    });

  // RFC 9293 §3.8.2 MUST-19: slow start opens the window by at most what was acknowledged, so it at most doubles.
  it('starts slowly', () => {
    const sizes = flights(opened(), 4);
    expect(sizes[0]).toBeGreaterThanOrEqual(2);
    expect(sizes[0]).toBeLessThanOrEqual(10);
    for (let at = 1; at < sizes.length; at++) {
      expect(sizes[at]).toBeGreaterThan(sizes[at - 1] ?? 0);
      expect(sizes[at]).toBeLessThanOrEqual(2 * (sizes[at - 1] ?? 0));
    }
  });

  // RFC 9293 §3.8.2 MUST-19, MAY-18: after a time-out one segment, slow start to half of what was out, then one more per round.
  it('goes on with one segment after a time-out, and avoids congestion', () => {
    const made = opened();
    flights(made, 2);
    for (let more = 1; more > 0; ) more = made.socket.write(text(60_000));
    const lost = made.bench.take().length;
    made.bench.run(2_500);
    const [again] = made.bench.take();
    expect(again?.seq).toBe(made.peer.ack);
    made.peer.accept(again!);
    made.peer.send('A');
    const sizes = flights(made, 10);
    expect(sizes[0]).toBeLessThanOrEqual(3);
    const half = lost / 2;
    const slow = sizes.findIndex((size) => size >= half - 1);
    expect(slow).toBeGreaterThan(1);
    for (let at = slow + 2; at < sizes.length; at++) {
      const step = (sizes[at] ?? 0) - (sizes[at - 1] ?? 0);
      expect(step).toBeGreaterThanOrEqual(0);
      expect(step).toBeLessThanOrEqual(2);
    }
    expect(sizes.at(-1)).toBeGreaterThan(sizes[slow] ?? 0);
  });
});

describe.each(PROFILES)('%s: giving up', (profile) => {
  /** Data nobody acknowledges; the milliseconds until the socket has an error. */
  const untilError = (made: Established, limitMs: number): number => {
    const startUs = made.bench.nowUs;
    made.socket.write(text(100));
    while (made.socket.error === null && made.bench.nowUs - startUs < limitMs * 1000) made.bench.run(1_000);
    return (made.bench.nowUs - startUs) / 1000;
  };

  // RFC 9293 §3.8.3 MUST-20: at R1 the user hears of it and IP is told to doubt the route, at R2 the connection closes.
  // RFC 9293 §3.8.3 SHLD-9: the trouble between R1 and R2 is told as it happens.
  it('tells at R1 and closes at R2', () => {
    const made = openActively({ profile });
    made.socket.write(text(100));
    made.socket.takeEvents();
    let told = 0;
    for (let copies = made.bench.take().length; copies < 9; copies += made.bench.take().length) {
      made.bench.run(1_000);
      if (made.socket.takeEvents() & SocketEvent.softError) told ||= copies;
      expect(made.socket.error).toBeNull();
    }
    expect(told).toBeGreaterThan(0);
    made.bench.run(3_600_000);
    expect(made.socket.error?.code).toBe('ETIMEDOUT');
    expect(made.socket.stateName).toBe('CLOSED');
  });

  // RFC 9293 §3.8.3 SHLD-10: R1 is not reached before the third retransmission.
  it('does not reach R1 before three retransmissions', () => {
    const made = openActively({ profile });
    made.socket.write(text(100));
    made.bench.take();
    made.socket.takeEvents();
    for (let copies = 0; copies < 3; copies += made.bench.take().length) {
      expect(made.socket.takeEvents() & SocketEvent.softError).toBe(0);
      made.bench.run(10);
    }
  });

  // RFC 9293 §3.8.3 SHLD-11: R2 is at least 100 seconds.
  it('does not reach R2 within 100 seconds', () => {
    expect(untilError(openActively({ profile }), 101_000)).toBeGreaterThan(100_000);
  });

  // RFC 9293 §3.8.3 MUST-21: the user sets R2 for one connection, and takes it away again.
  it('lets the user set R2', () => {
    const short = openActively({ profile });
    short.socket.userTimeoutMs = 8_000;
    const ms = untilError(short, 100_000);
    expect(ms).toBeGreaterThan(7_000);
    expect(ms).toBeLessThan(20_000);
    const long = openActively({ profile });
    long.socket.userTimeoutMs = 3_000_000;
    expect(untilError(long, 2_900_000)).toBeGreaterThan(2_899_000);
  });

  // RFC 9293 §3.8.3 MUST-22: R2 is for a SYN as well.
  it('applies R2 to a SYN', () => {
    const { bench, socket } = openWithoutAnswer(profile);
    socket.userTimeoutMs = 5_000;
    bench.run(4_000);
    expect(socket.error).toBeNull();
    bench.run(6_000);
    expect(socket.error?.code).toBe('ETIMEDOUT');
  });
});

describe('rfc: giving up a SYN', () => {
  // RFC 9293 §3.8.3 MUST-23: a SYN is tried for three minutes at least.
  // RFC 9293 §3.8.3 MUST-22: but not for ever: R2 is for SYNs too.
  it('takes three minutes or more', () => {
    const { bench, socket } = openWithoutAnswer('rfc');
    bench.run(179_000);
    expect(socket.error).toBeNull();
    expect(bench.take().length).toBeGreaterThan(5);
    bench.run(600_000);
    expect(socket.error?.code).toBe('ETIMEDOUT');
  });

  // RFC 9293 §3.8.3 MUST-23: a SYN-ACK too.
  it('takes three minutes or more for a SYN-ACK', () => {
    const bench = new Bench({ profile: 'rfc' });
    const listener = bench.listen();
    const peer = new Peer(bench);
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    bench.run(179_000);
    peer.send('A');
    expect(listener.accept()?.stateName).toBe('ESTABLISHED');
  });
});

describe('linux: giving up a SYN', () => {
  // RFC 9293 §3.8.3 MUST-23: the deviation: six retries behind four quick ones, a good two minutes.
  it('takes 131 seconds', () => {
    const { bench, socket } = openWithoutAnswer('linux');
    bench.run(130_000);
    expect(socket.error).toBeNull();
    expect(gapsMs(bench.take()).map((gap) => Math.round(gap / 1000))).toEqual([1, 1, 1, 1, 1, 2, 4, 8, 16, 32]);
    bench.run(2_000);
    expect(socket.error?.code).toBe('ETIMEDOUT');
  });
});
